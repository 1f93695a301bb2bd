import { TsbuildError } from "@tsbuild/runner-native";
import type { IgnoredFiles } from "../dockerfile/checks/copy-ignored-file.ts";
import { type CheckOptions, noCheckOptions, parseCheckOptions } from "../dockerfile/checks/options.ts";
import { checkInstructions, checkStages } from "../dockerfile/checks/parsed.ts";
import { createReporter } from "../dockerfile/checks/reporter.ts";
import type { CheckWarning } from "../dockerfile/checks/rule.ts";
import { createPathMatcher } from "../dockerfile/ignore/path-matcher.ts";
import { readSource } from "../dockerfile/scan/lines.ts";
import { parseInstructions } from "../dockerfile/parse.ts";
import { dockerfileError, lineRange } from "../dockerfile/place.ts";
import { Problem } from "../dockerfile/problem.ts";
import { dockerfileOf } from "../dockerfile/stages.ts";
import { builderError } from "../errors.ts";
import { lower } from "./lower/lower.ts";
import type { BaseLookup, LowerOptions, Needs } from "./options.ts";
import type { BuildGraph } from "./step.ts";
import { ownValue } from "./lower/variables.ts";

/** A Dockerfile to check, and how it would be built. */
export interface CheckRequest {
  /** The name the Dockerfile is shown under. */
  readonly file: string;
  readonly content: Uint8Array | string;
  readonly options: LowerOptions;
  /** The patterns of the main context's .dockerignore. */
  readonly ignore?: readonly string[];
  /** Check all stages, not only what the target needs. */
  readonly allStages?: boolean;
}

/** The images to resolve first, or what the checks found. */
export type Checked =
  | Needs
  | {
      readonly kind: "checked";
      readonly warnings: readonly CheckWarning[];
      readonly error: undefined;
      readonly graph: BuildGraph;
    }
  | {
      readonly kind: "checked";
      readonly warnings: readonly CheckWarning[];
      /** Why it cannot be built, or that its warnings are to be errors. */
      readonly error: TsbuildError;
      /** There is a graph, and only `error=true` forbids building it. */
      readonly isViolation: boolean;
    };

/**
 * Parses, checks and lowers a Dockerfile in one go. What is wrong with the file is in the answer, not thrown:
 * warnings that were found before an error are kept.
 */
export function check(request: CheckRequest, lookup: BaseLookup): Checked {
  const { file, content } = request;
  let options = noCheckOptions;
  const warnings: CheckWarning[] = [];
  const failed = (error: unknown): Checked => {
    if (!(error instanceof TsbuildError)) throw error;
    return { kind: "checked", warnings, error, isViolation: false };
  };
  try {
    const source = readSource(file, content);
    const parsed = parseInstructions(source);
    options = checkOptionsOf(parsed.scanned, request);
    const reporter = createReporter(options);
    try {
      checkInstructions(parsed, reporter.report);
      const dockerfile = dockerfileOf(parsed);
      checkStages(dockerfile, reporter.report);
      const checks = {
        report: reporter.report,
        ...ignoredBy(request),
        allStages: request.allStages ?? false,
      };
      const lowered = lower(dockerfile, { ...request.options, checks }, lookup);
      if (lowered.kind === "needs") return lowered;
      const error = violation(options, reporter.warnings, file);
      const found = { kind: "checked", warnings: reporter.warnings } as const;
      return error === undefined
        ? { ...found, error, graph: lowered.graph }
        : { ...found, error, isViolation: true };
    } finally {
      warnings.push(...reporter.warnings);
    }
  } catch (error) {
    return failed(error);
  }
}

/** The build argument replaces what the file says. */
function checkOptionsOf(
  { directives, source }: ReturnType<typeof parseInstructions>["scanned"],
  { options }: CheckRequest,
): CheckOptions {
  const given = ownValue(options.buildArgs ?? {}, "BUILDKIT_DOCKERFILE_CHECK");
  const directive = directives.find(({ name }) => name === "check");
  try {
    return parseCheckOptions(given ?? directive?.value ?? "");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const sentence = `failed to parse check options: ${error.message}`;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    if (given !== undefined || directive === undefined) throw builderError("OPTION_INVALID", sentence, hint);
    throw dockerfileError(sentence, { file: source.file, range: lineRange(directive.line) }, hint);
  }
}

function ignoredBy({ ignore }: CheckRequest): { readonly ignored?: IgnoredFiles } {
  if (ignore === undefined || ignore.length === 0) return {};
  return { ignored: { patterns: ignore, matcher: createPathMatcher(ignore) } };
}

/** `# check=error=true`: the rules that found something, as one error at the first place. */
function violation(
  options: CheckOptions,
  warnings: readonly CheckWarning[],
  file: string,
): TsbuildError | undefined {
  const [first] = warnings.toSorted((left, right) => left.startLine - right.startLine);
  if (!options.error || first === undefined) return undefined;
  const rules = [...new Set(warnings.map(({ rule }) => rule))].toSorted();
  const range = { ...lineRange(first.startLine), endLine: first.endLine };
  return dockerfileError(
    `lint violation found for rules: ${rules.join(", ")}`,
    { file, range },
    { hint: "mend what the warnings say, or remove error=true from the check options" },
  );
}
