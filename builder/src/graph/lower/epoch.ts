import type { Token } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { ScannedInstruction } from "../../dockerfile/scan/scan.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { builderError } from "../../errors.ts";
import type { ContextSource, LowerOptions, NeededTime, TimedSource } from "../options.ts";
import { findContext } from "./context-steps.ts";
import { sourceOfStage } from "./epoch-stage.ts";
import { atInstruction } from "./fault.ts";
import { ownValue } from "./variables.ts";

export const epochVariable = "SOURCE_DATE_EPOCH";

/** The time, in seconds, that a build asks its image to have; or the source whose age has to be known for that. */
export type Epoch =
  | { readonly kind: "unset" }
  /** It was asked for; a directory of this machine, say, has no time, which leaves the variable empty. */
  | { readonly kind: "set"; readonly seconds: number | undefined; readonly given: "argument" | "default" }
  | { readonly kind: "needs"; readonly time: NeededTime };

interface Asked {
  readonly dockerfile: Dockerfile;
  readonly variables: ReadonlyMap<string, string>;
  readonly options: LowerOptions;
}

/**
 * What SOURCE_DATE_EPOCH asks for: a build argument, else a default in front of the first FROM. It is a number, `context`, or the
 * name of a context or of a stage that only adds something remote.
 * @throws DOCKERFILE_INVALID, OPTION_INVALID
 */
export function epochOf(asked: Asked): Epoch {
  const { dockerfile, variables, options } = asked;
  const argument = ownValue(options.buildArgs ?? {}, epochVariable);
  if (argument !== undefined) return asOption(() => readEpoch(argument, "argument", asked));
  const declared = declaration(dockerfile);
  const value = declared === undefined ? undefined : variables.get(epochVariable);
  if (declared === undefined || value === undefined) return { kind: "unset" };
  return atInstruction(dockerfile.source.file, declared.scanned, declared.token, () =>
    readEpoch(value, "default", asked),
  );
}

function declaration(
  dockerfile: Dockerfile,
): { readonly scanned: ScannedInstruction; readonly token: Token } | undefined {
  for (const { args, scanned } of dockerfile.globalArgs.toReversed()) {
    const found = args.findLast(({ name }) => name === epochVariable);
    if (found !== undefined) return { scanned, token: found.token };
  }
  return undefined;
}

function asOption<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw builderError("OPTION_INVALID", error.message, { hint: error.hint ?? "" });
  }
}

function readEpoch(value: string, given: "argument" | "default", asked: Asked): Epoch {
  const { dockerfile, options } = asked;
  const known = (seconds: number | undefined): Epoch => ({ kind: "set", seconds, given });
  if (value === "") return known(undefined);
  if (/^[+-]?\d{1,15}$/.test(value)) return known(Number(value));
  const ofSource = (source: ContextSource, label: string): Epoch => {
    if (source.kind === "local") return known(source.modifiedSeconds);
    return source.kind === "image" ? known(undefined) : ofTimed({ source }, label);
  };
  const ofTimed = (timed: TimedSource, label: string): Epoch =>
    options.sourceTimes?.has(label) === true
      ? known(options.sourceTimes.get(label))
      : { kind: "needs", time: { ...timed, label } };
  if (value === "context") return ofSource(options.mainContext ?? { kind: "local" }, "main build context");
  const named = findContext(options.contexts, value, options.buildPlatform);
  if (named !== undefined) return ofSource(named.source, `named context ${value}`);
  const stage = dockerfile.stages.find(({ from }) => from.stageName === value.toLowerCase());
  if (stage === undefined)
    throw new Problem(`invalid ${epochVariable}: ${value}`, {
      hint: "write seconds since 1970, context, or the name of a context or of a stage that only adds a URL or a repository",
    });
  const timed = atInstruction(dockerfile.source.file, stage.from.scanned, undefined, () =>
    sourceOfStage(stage, asked),
  );
  return ofTimed(timed, `source stage ${value}`);
}
