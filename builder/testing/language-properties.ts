import { digestOf } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import { checkReport, renderCheck } from "../src/call/check-report.ts";
import { outlineOf, renderOutline } from "../src/call/outline.ts";
import { listTargets, renderTargets } from "../src/call/targets.ts";
import { cleanPath } from "../src/dockerfile/values/clean-path.ts";
import { parseIgnoreFile } from "../src/dockerfile/ignore/ignore-file.ts";
import { createPathMatcher, type PathCursor } from "../src/dockerfile/ignore/path-matcher.ts";
import { parseInstructions } from "../src/dockerfile/parse.ts";
import { printDockerfile } from "../src/dockerfile/print.ts";
import { readSource } from "../src/dockerfile/scan/lines.ts";
import { renderError } from "../src/dockerfile/render.ts";
import { parseDockerfile, problemsOf } from "../src/dockerfile/stages.ts";
import { type Checked, check } from "../src/graph/check.ts";
import { lower } from "../src/graph/lower/lower.ts";
import type { BaseLookup, LowerOptions } from "../src/graph/options.ts";
import type { BuildGraph, ResolvedBase } from "../src/graph/step.ts";
import { createChance, oneOf } from "./chance.ts";
import { mutatedBytes, mutatedDockerfile } from "./dockerfile-mutations.ts";
import { fragments } from "./dockerfile-samples.ts";

/** A Dockerfile and what else decides how it is read: any of it may be nonsense. */
export interface Trial {
  readonly dockerfile: string | Uint8Array;
  /** The ONBUILD triggers of every base image. */
  readonly triggers: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly ignore: string | Uint8Array;
}

/** The same seed gives the same trial. `seeds` are files that some inputs start from. */
export function trialOf(seed: number, seeds?: readonly string[]): Trial {
  const chance = createChance(seed);
  const content = (): string | Uint8Array =>
    chance(10) === 0 ? mutatedBytes(chance, seeds) : mutatedDockerfile(chance, seeds);
  return {
    dockerfile: content(),
    triggers: Array.from({ length: chance(3) }, () => mutatedDockerfile(chance, ["COPY a b", "RUN x"])),
    buildArgs: chance(2) === 0 ? {} : { B: "b", A: oneOf(chance, fragments) },
    ignore: content(),
  };
}

/** A trial of nothing but a Dockerfile. */
export function plainTrial(dockerfile: string | Uint8Array): Trial {
  return { dockerfile, triggers: [], buildArgs: {}, ignore: "" };
}

const digest = digestOf("");

/** Every image is known. */
function lookupOf(triggers: readonly string[]): BaseLookup {
  const base: ResolvedBase = {
    reference: "base",
    digest,
    manifest: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 0 },
    config: {
      os: "linux",
      architecture: "amd64",
      config: { Env: ["A=a"], OnBuild: triggers },
      rootfs: { type: "layers" as const, diff_ids: [digest] },
    },
  };
  return () => base;
}

const fileName = "Dockerfile";

function optionsOf(buildArgs: Trial["buildArgs"]): LowerOptions {
  return { buildPlatform: { os: "linux", architecture: "amd64" }, buildArgs };
}

function graphOf(dockerfile: Trial["dockerfile"], { triggers, buildArgs }: Trial): BuildGraph {
  const file = parseDockerfile(fileName, dockerfile);
  const lowered = lower(file, optionsOf(buildArgs), lookupOf(triggers));
  if (lowered.kind !== "graph") throw new Error("every base is known, and still one is needed");
  return lowered.graph;
}

/**
 * Any text gives a graph or an error that says where, and nothing else.
 * @throws when it does not.
 */
export function givesGraphOrPlacedError(trial: Trial): void {
  const { dockerfile } = trial;
  try {
    isSound(graphOf(dockerfile, trial));
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    const source = () => readSource(fileName, dockerfile);
    for (const problem of problemsOf(error)) isPlaced(problem, dockerfile);
    if (!error.message.includes("the Dockerfile has")) renderError(error, source());
  }
}

/** Plain data, inputs before those who use them. */
function isSound(graph: BuildGraph): void {
  const seen = new Set<string>();
  for (const { id, inputs, span } of graph.steps) {
    for (const { step } of inputs)
      if (!seen.has(step)) throw new Error(`${id} comes before its input ${step}`);
    if (span !== undefined && span.endLine < span.startLine) throw new Error(`${id} ends before it starts`);
    seen.add(id);
  }
  if (!seen.has(graph.output.step)) throw new Error("the output is no step");
  JSON.stringify(graph);
}

/** The place of an error is in the file, and its sentence says something. */
function isPlaced(error: TsbuildError, dockerfile: Trial["dockerfile"]): void {
  const { location, message } = error;
  if (location === undefined) throw new Error(`no place: ${message}`, { cause: error });
  const { line, column, endLine = line } = location;
  const text = typeof dockerfile === "string" ? dockerfile : Buffer.from(dockerfile).toString();
  const all = text.split("\n");
  const isInFile = line >= 1 && line <= endLine && endLine <= all.length;
  if (!isInFile || column < 1 || column > (all[line - 1]?.length ?? 0) + 1)
    throw new Error(`${line}:${column} to ${endLine} is no place of the file: ${message}`, { cause: error });
  if (message.trim() === "" || /\bundefined\b(?! variable)|\[object |\bNaN\b/.test(strip(message, text)))
    throw new Error(`no sentence: ${message}`, { cause: error });
}

/** A sentence without what it quotes of the file. */
function strip(message: string, text: string): string {
  return /undefined|\[object|NaN/.test(text) ? "" : message;
}

/**
 * Checks find an error exactly where lowering does, and never throw.
 * @throws when they do.
 */
export function checksAgreeWithLowering(trial: Trial): void {
  const { dockerfile, triggers, buildArgs, ignore } = trial;
  const ask = (allStages: boolean): Extract<Checked, { kind: "checked" }> => {
    const request = { file: fileName, content: dockerfile, options: optionsOf(buildArgs), allStages };
    const patterns = acceptedPatterns(ignore);
    const checked = check({ ...request, ignore: patterns }, lookupOf(triggers));
    if (checked.kind !== "checked") throw new Error("every base is known, and still one is needed");
    return checked;
  };
  const some = ask(false);
  const wanted = outcome(() => graphOf(dockerfile, trial));
  if (!mayDiffer(some) && outcomeOf(some) !== wanted)
    throw new Error(`checks say ${outcomeOf(some)}, lowering says ${wanted}`);
  if (typeof dockerfile === "string" && dockerfile.length < 100_000) {
    const source = { file: fileName, text: dockerfile.toWellFormed() };
    renderCheck(checkReport(ask(true), source), source);
  }
}

/** Only checks read the check options. */
function mayDiffer(checked: Extract<Checked, { kind: "checked" }>): boolean {
  return (
    checked.error !== undefined &&
    (checked.isViolation || checked.error.message.startsWith("failed to parse check option"))
  );
}

function outcomeOf(checked: Extract<Checked, { kind: "checked" }>): string {
  return checked.error === undefined ? JSON.stringify(checked.graph) : checked.error.message;
}

function outcome(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    if (error instanceof TsbuildError) return error.message;
    throw error;
  }
}

/**
 * Outline and targets describe what parses.
 * @throws when they fail in another way than lowering.
 */
export function callsDescribe({ dockerfile, buildArgs, triggers }: Trial): void {
  try {
    const file = parseDockerfile(fileName, dockerfile);
    renderTargets(listTargets(file));
    const outlined = outlineOf(file, optionsOf(buildArgs), lookupOf(triggers));
    if (outlined.kind === "outline") renderOutline(outlined.outline);
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
  }
}

/**
 * A file that parses is printed; what is printed parses to the same print and means the same.
 * @throws when it does not.
 */
export function printsToFixpoint(trial: Trial): void {
  let printed: string;
  try {
    printed = printOnce(trial.dockerfile);
  } catch (error) {
    if (error instanceof TsbuildError) return;
    throw error;
  }
  const again = printOnce(printed);
  if (again !== printed) throw new Error(`${JSON.stringify(printed)} prints as ${JSON.stringify(again)}`);
  const [before, after] = [trial.dockerfile, printed].map((text) => withoutPlaces(text, trial));
  if (before !== after) throw new Error(`${JSON.stringify(printed)} gives ${after} and not ${before}`);
}

function printOnce(content: Trial["dockerfile"]): string {
  const { scanned, problems } = parseInstructions(readSource(fileName, content));
  if (problems[0] !== undefined) throw problems[0];
  return printDockerfile(scanned);
}

/** What a file gives, less the lines. */
function withoutPlaces(text: Trial["dockerfile"], trial: Trial): string {
  const given = outcome(() => {
    const graph = graphOf(text, trial);
    return { ...graph, steps: graph.steps.map((step) => ({ ...step, span: undefined })) };
  });
  return given.replace(/parse error on line \d+/, "parse error");
}

/**
 * Any bytes are an ignore file, or one pattern is refused by name; a walk and a question about one path agree.
 * @throws when they do not.
 */
export function ignoreFileDecides({ ignore }: Trial): void {
  const matcher = matcherOf(parseIgnoreFile(ignore));
  if (matcher === undefined) return;
  for (const path of ["a", "a/b", ".x/y.md", "FROM/scratch", "\xff/\xc3\xa4"]) {
    const walked = path.split("/").reduce<PathCursor>((cursor, name) => cursor.enter(name), matcher.root());
    if (walked.isExcluded !== matcher.isExcluded(cleanPath(path)))
      throw new Error(`a walk to ${path} does not decide as a question about it`);
  }
}

function acceptedPatterns(ignore: Trial["ignore"]): readonly string[] {
  const patterns = parseIgnoreFile(ignore);
  return matcherOf(patterns) === undefined ? [] : patterns;
}

function matcherOf(patterns: readonly string[]): ReturnType<typeof createPathMatcher> | undefined {
  try {
    return createPathMatcher(patterns);
  } catch (error) {
    if (error instanceof TsbuildError && error.code === "PATTERN_INVALID") return undefined;
    throw error;
  }
}

/** What must hold of any input. */
export const languageProperties: Readonly<Record<string, (trial: Trial) => void>> = {
  "any text gives a graph or an error with its place": givesGraphOrPlacedError,
  "checks agree with lowering": checksAgreeWithLowering,
  "outline and targets describe what parses": callsDescribe,
  "what is printed parses to the same print": printsToFixpoint,
  "an ignore file decides about any path": ignoreFileDecides,
};
