import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Built, exportedText, isExported } from "./built.ts";
import { type RecordedBuild, resolveText } from "./case.ts";
import { type FileAssertion, type ReadCheck, readChecks } from "./go-check.ts";
import type { HandCheck } from "./hand-check.ts";

/** What a failing run shows of the command's words. */
const shownLength = 600;

export interface Verdict {
  readonly problem: string | undefined;
  /** How many recorded checks were judged from the recording, by hand, and not, for each reason. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What is wrong with a build that has ended, if anything; every recorded check is accounted for. */
export function judge(build: RecordedBuild, built: Built, hand: HandCheck | undefined): Verdict {
  const left = leftChecks(programTexts(build, built), hand);
  const fromRecording =
    1 +
    (build.expect.error_contains?.length ?? 0) +
    (build.expect.error_regexp?.length ?? 0) +
    readChecks(build, built.place.values).filter(({ kind }) => kind !== "program").length;
  const problem =
    outcomeProblem(build, built) ??
    fileProblems(build, built) ??
    unaccounted(build, built, hand) ??
    handProblem(built, hand);
  return {
    problem,
    counts: { "from the recording": fromRecording, "by hand": hand?.rewrites ?? 0, ...left },
  };
}

/** What is wrong with how a build has ended, if anything. */
export function outcomeProblem(
  { expect }: RecordedBuild,
  { ended, place }: Pick<Built, "ended" | "place">,
): string | undefined {
  const { result, error_contains: parts = [], error_regexp: patterns = [] } = expect;
  if (ended.succeeded !== (result === "success"))
    return `it ${ended.succeeded ? "succeeds" : "fails"}: ${tail(ended.text)}`;
  const missing = parts.find((part) => !ended.text.includes(resolveText(part, place.values)));
  if (missing !== undefined) return `the error lacks ${JSON.stringify(missing)}: ${tail(ended.text)}`;
  const unmatched = patterns.find((pattern) => !new RegExp(pattern).test(ended.text));
  return unmatched === undefined ? undefined : `the error does not match ${unmatched}: ${tail(ended.text)}`;
}

function tail(text: string): string {
  return text.trim().slice(-shownLength);
}

/** A build that fails has no files to look at. */
function fileProblems(build: RecordedBuild, built: Built): string | undefined {
  if (build.expect.result === "error") return undefined;
  return readChecks(build, built.place.values)
    .map((check) => fileProblem(check, built))
    .find((problem) => problem !== undefined);
}

function fileProblem(check: ReadCheck, built: Built): string | undefined {
  switch (check.kind) {
    case "outcome":
    case "program":
      return undefined;
    case "assertion":
      return assertionProblem(check.assertion, built);
    case "file":
      return contentProblem(check.file, check.equals, built);
  }
}

function assertionProblem({ file, kind, text: recorded }: FileAssertion, built: Built): string | undefined {
  const text = resolveText(recorded, built.place.values);
  if (!isExported(built, file)) return `${file} is missing`;
  const found = exportedText(built, file);
  const holds = {
    equal: found === text || found.trim() === text,
    contains: found.includes(text),
    lacks: !found.includes(text),
  }[kind];
  return holds ? undefined : `${file} holds ${shown(found)}, wanted ${kind} ${shown(text)}`;
}

function contentProblem(file: string, equals: string | undefined, { place }: Built): string | undefined {
  const path = join(place.output, file);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return `${file} is missing`;
  if (equals === undefined) return undefined;
  const value = resolveText(equals, place.values);
  // The values of expressions are byte strings already.
  const wanted = equals.startsWith("go: ") ? value : Buffer.from(value).toString("latin1");
  const found = readFileSync(path, "latin1");
  return found === wanted ? undefined : `${file} holds ${shown(found)}, not ${shown(wanted)}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, shownLength));
}

/** A check of the test's program that neither is rewritten nor left for a reason. */
function unaccounted(build: RecordedBuild, built: Built, hand: HandCheck | undefined): string | undefined {
  const ofProgram = programTexts(build, built);
  const left = Object.values(leftChecks(ofProgram, hand)).reduce((sum, count) => sum + count, 0);
  const rewritten = hand?.rewrites ?? 0;
  return ofProgram.length === left + rewritten
    ? undefined
    : `${ofProgram.length} checks of the test's program, but ${rewritten} are rewritten and ${left} left: ${ofProgram.join(" ")}`;
}

function programTexts(build: RecordedBuild, { place }: Built): readonly string[] {
  const kinds = readChecks(build, place.values);
  return (build.checks ?? [])
    .filter((_, index) => kinds[index]?.kind === "program")
    .map((check) => JSON.stringify(check));
}

function leftChecks(texts: readonly string[], hand: HandCheck | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(
    (hand?.leaves ?? []).map(({ matching, reason }) => [
      `left because ${reason}`,
      texts.filter((text) => matching.test(text)).length,
    ]),
  );
}

function handProblem(built: Built, hand: HandCheck | undefined): string | undefined {
  try {
    hand?.check(built);
    return undefined;
  } catch (error) {
    return `the check by hand: ${error instanceof Error ? error.message : String(error)}`;
  }
}
