import type { Instruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const fromAsCasing: Rule = rule(
  "FromAsCasing",
  "The 'as' keyword should match the case of the 'from' keyword",
);

/** A FROM of mixed case says nothing about AS. */
export function checkFromAsCasing(instruction: Instruction, report: Report): void {
  if (instruction.kind !== "from" || instruction.as === undefined) return;
  const from = instruction.scanned.keyword.text;
  const as = instruction.as.keyword.text;
  const isWrong =
    (from === from.toLowerCase() && as !== as.toLowerCase()) ||
    (from === from.toUpperCase() && as !== as.toUpperCase());
  if (isWrong) report(fromAsCasing, `'${as}' and '${from}' keywords' casing do not match`, instruction);
}
