import { bytesFromText } from "@tsbuild/runner-native";
import { cleanPath } from "../values/clean-path.ts";
import type { PathMatcher } from "../ignore/path-matcher.ts";
import type { AddInstruction, CopyInstruction } from "../instruction.ts";
import { quote } from "../expand/quote.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const copyIgnoredFile: Rule = rule(
  "CopyIgnoredFile",
  "Attempting to Copy file that is excluded by .dockerignore",
);

/** What the context leaves out. */
export interface IgnoredFiles {
  readonly patterns: readonly string[];
  readonly matcher: PathMatcher;
}

/** With `!` patterns nobody can say before the walk what is left. */
export function checkCopyIgnoredFile(
  instruction: CopyInstruction | AddInstruction,
  { source, ignored }: { readonly source: string; readonly ignored: IgnoredFiles | undefined },
  report: Report,
): void {
  if (ignored === undefined || ignored.matcher.hasExceptions) return;
  const path = cleanPath(source);
  const isLeftOut =
    path === "."
      ? ignored.patterns.some((pattern) => pattern === "*" || pattern === "**")
      : ignored.matcher.isExcluded(bytesFromText(path));
  if (!isLeftOut) return;
  const verb = instruction.kind === "copy" ? "Copy" : "Add";
  report(
    copyIgnoredFile,
    `Attempting to ${verb} file ${quote(path)} that is excluded by .dockerignore`,
    instruction,
  );
}
