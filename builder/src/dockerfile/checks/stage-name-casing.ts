import type { Instruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const stageNameCasing: Rule = rule("StageNameCasing", "Stage names should be lowercase");

export function checkStageNameCasing(instruction: Instruction, report: Report): void {
  if (instruction.kind !== "from" || instruction.as === undefined) return;
  const { text } = instruction.as.name;
  if (text !== text.toLowerCase())
    report(stageNameCasing, `Stage name '${text}' should be lowercase`, instruction);
}
