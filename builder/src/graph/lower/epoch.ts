import type { Token } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { ScannedInstruction } from "../../dockerfile/scan/scan.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { builderError } from "../../errors.ts";
import { findContext } from "./context-steps.ts";
import { atInstruction } from "./fault.ts";
import type { LowerOptions } from "../options.ts";
import { isHttp } from "./remote-sources.ts";
import { parseGitSource } from "../../dockerfile/values/git-source.ts";
import { ownValue } from "./variables.ts";

const variable = "SOURCE_DATE_EPOCH";

/**
 * The time that SOURCE_DATE_EPOCH asks for, in seconds: a build argument, else a default in front of the first FROM.
 * The name of a context asks for the time of that; a local one has none, unless it is a repository's.
 * @throws DOCKERFILE_INVALID, DOCKERFILE_UNSUPPORTED, OPTION_INVALID
 */
export function epochOf(
  dockerfile: Dockerfile,
  variables: ReadonlyMap<string, string>,
  options: LowerOptions,
): number | undefined {
  const given = ownValue(options.buildArgs ?? {}, variable);
  if (given !== undefined) return asOption(() => readEpoch(given, dockerfile, options));
  const declared = declaration(dockerfile);
  const value = declared === undefined ? undefined : variables.get(variable);
  if (declared === undefined || value === undefined) return undefined;
  return atInstruction(dockerfile.source.file, declared.scanned, declared.token, () =>
    readEpoch(value, dockerfile, options),
  );
}

function declaration(
  dockerfile: Dockerfile,
): { readonly scanned: ScannedInstruction; readonly token: Token } | undefined {
  for (const { args, scanned } of dockerfile.globalArgs.toReversed()) {
    const found = args.findLast(({ name }) => name === variable);
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

function readEpoch(value: string, dockerfile: Dockerfile, options: LowerOptions): number | undefined {
  if (value === "") return undefined;
  if (/^[+-]?\d{1,15}$/.test(value)) return Number(value);
  const main = options.mainContext ?? { kind: "local" };
  const source =
    value === "context" ? main : findContext(options.contexts, value, options.buildPlatform)?.source;
  if (source?.kind === "local") return source.modifiedSeconds;
  const stage = dockerfile.stages.findLast(({ from }) => from.stageName === value.toLowerCase());
  if (source === undefined && stage === undefined)
    throw new Problem(`invalid ${variable}: ${value}`, { hint: "write seconds since 1970" });
  if (source === undefined && stage !== undefined && !isSourceOnly(stage))
    throw new Problem(`${variable} stage does not meet source-only requirements`, {
      hint: "the stage must be FROM scratch with one ADD of a URL or a repository",
    });
  throw builderError("DOCKERFILE_UNSUPPORTED", `${variable}=${value} is not supported yet`, {
    hint: "write seconds since 1970",
  });
}

function isSourceOnly({ from, instructions }: Dockerfile["stages"][number]): boolean {
  const [only] = instructions;
  if (from.base.text !== "scratch" || instructions.length !== 1 || only?.kind !== "add") return false;
  const [source] = only.sources;
  if (source === undefined || only.sources.length !== 1 || only.inline.length > 0) return false;
  return isHttp(source.text) || parseGitSource(source.text) !== undefined;
}
