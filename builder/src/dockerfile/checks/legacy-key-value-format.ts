import type { EnvInstruction, LabelInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const legacyKeyValueFormat: Rule = rule(
  "LegacyKeyValueFormat",
  "Legacy key/value format with whitespace separator should not be used",
);

export function checkLegacyKeyValueFormat(
  instruction: EnvInstruction | LabelInstruction,
  report: Report,
): void {
  const keyword = instruction.kind.toUpperCase();
  for (const { isLegacy } of instruction.pairs)
    if (isLegacy)
      report(
        legacyKeyValueFormat,
        `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`,
        instruction,
      );
}
