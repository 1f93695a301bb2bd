import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NotRunnable, type RecordedBuild, resolveText } from "./case.ts";
import type { Ended } from "./command.ts";

/** What a failing run shows of the command's words. */
const shownLength = 600;

/** What is wrong with a build that has ended, or nothing. */
export function judge(
  build: RecordedBuild,
  ended: Ended,
  output: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const { result, error_contains: parts = [], error_regexp: patterns = [] } = build.expect;
  if (ended.succeeded !== (result === "success"))
    return `it ${ended.succeeded ? "succeeds" : "fails"}: ${tail(ended.text)}`;
  const missing = parts.find((part) => !ended.text.includes(resolveText(part, values)));
  if (missing !== undefined) return `the error lacks ${JSON.stringify(missing)}: ${tail(ended.text)}`;
  const unmatched = patterns.find((pattern) => !new RegExp(pattern).test(ended.text));
  if (unmatched !== undefined) return `the error does not match ${unmatched}: ${tail(ended.text)}`;
  if (result === "error") return undefined;
  return (build.checks ?? [])
    .map(({ file, equals }) => file && fileProblem(output, file, equals, values))
    .find((problem) => problem !== undefined && problem !== "");
}

function tail(text: string): string {
  return text.trim().slice(-shownLength);
}

function fileProblem(
  output: string,
  file: string,
  equals: string | undefined,
  values: ReadonlyMap<string, string>,
): string | undefined {
  if (file.startsWith("go: ")) return undefined;
  const path = join(output, file);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return `${file} is missing`;
  const wanted = equals === undefined ? undefined : valueIfKnown(equals, values);
  if (wanted === undefined) return undefined;
  const found = readFileSync(path, "latin1");
  return found === wanted
    ? undefined
    : `${file} holds ${JSON.stringify(found.slice(0, shownLength))}, not ${JSON.stringify(wanted.slice(0, shownLength))}`;
}

/** Byte string; a check against a value that only the test's program knows tells nothing. */
function valueIfKnown(text: string, values: ReadonlyMap<string, string>): string | undefined {
  try {
    const value = resolveText(text, values);
    return text.startsWith("go: ") ? value : Buffer.from(value).toString("latin1");
  } catch (error) {
    if (error instanceof NotRunnable) return undefined;
    throw error;
  }
}
