import { quote } from "../expand/quote.ts";
import type { WorkdirInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const workdirRelativePath: Rule = rule(
  "WorkdirRelativePath",
  "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
);

/** Only the first WORKDIR counts: the ones behind it are mended with it. */
export function checkWorkdirRelativePath(
  instruction: WorkdirInstruction,
  { path, isFirst }: { readonly path: string; readonly isFirst: boolean },
  report: Report,
): void {
  if (isFirst && !path.startsWith("/"))
    report(
      workdirRelativePath,
      `Relative workdir ${quote(path)} can have unexpected results if the base image changes`,
      instruction,
    );
}
