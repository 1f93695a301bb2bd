import type { Instruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const maintainerDeprecated: Rule = rule(
  "MaintainerDeprecated",
  "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
);

export function checkMaintainerDeprecated(instruction: Instruction, report: Report): void {
  if (instruction.kind === "maintainer")
    report(maintainerDeprecated, "Maintainer instruction is deprecated in favor of using label", instruction);
}
