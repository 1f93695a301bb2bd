import type { ScannedInstruction } from "../scan/scan.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const noEmptyContinuation: Rule = rule(
  "NoEmptyContinuation",
  "Empty continuation lines will become errors in a future release",
);

export function checkNoEmptyContinuation(scanned: ScannedInstruction, report: Report): void {
  if (scanned.hasEmptyContinuation)
    report(noEmptyContinuation, "Empty continuation line", { scanned, line: scanned.endLine });
}
