import { TsbuildError } from "@tsbuild/runner-native";
import type { Directive } from "./scan/directives.ts";
import type { EscapeCharacter } from "./expand/expand.ts";
import type { ArgInstruction, FromInstruction, Instruction } from "./instruction.ts";
import { readSource, type Source } from "./scan/lines.ts";
import { type ParsedFile, parseInstructions } from "./parse.ts";
import { dockerfileError, rangeOf } from "./place.ts";

/** A FROM and what follows it. */
export interface Stage {
  readonly from: FromInstruction;
  readonly instructions: readonly Exclude<Instruction, FromInstruction>[];
}

/** A Dockerfile with typed instructions, in stages. Nothing is expanded yet. */
export interface Dockerfile {
  readonly source: Source;
  readonly escape: EscapeCharacter;
  readonly directives: readonly Directive[];
  /** The ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/**
 * Parses a Dockerfile.
 * @throws DOCKERFILE_INVALID at the first problem; its cause is an AggregateError when there are several.
 */
export function parseDockerfile(file: string, content: Uint8Array | string): Dockerfile {
  return dockerfileOf(parseInstructions(readSource(file, content)));
}

/**
 * The stages of what was parsed.
 * @throws as `parseDockerfile`.
 */
export function dockerfileOf(parsed: ParsedFile): Dockerfile {
  throwTogether(parsed.problems);
  return groupStages(parsed.scanned.source, parsed);
}

/** All problems of a Dockerfile that can be known without building, each with its place; empty when it parses. */
export function findProblems(file: string, content: Uint8Array | string): readonly TsbuildError[] {
  try {
    parseDockerfile(file, content);
    return [];
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    return problemsOf(error);
  }
}

/** The problems that one error reports together. */
export function problemsOf(error: TsbuildError): readonly TsbuildError[] {
  if (!(error.cause instanceof AggregateError)) return [error];
  return error.cause.errors.filter((problem) => problem instanceof TsbuildError);
}

/** @throws the problems as one error that says the first of them; nothing when there are none. */
export function throwTogether(problems: readonly TsbuildError[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new TsbuildError(first.code, first.exitCode, first.message, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    ...(first.location === undefined ? {} : { location: first.location }),
    cause: new AggregateError(problems, `${problems.length} problems`),
  });
}

function groupStages(source: Source, { scanned, instructions }: ParsedFile): Dockerfile {
  const globalArgs: ArgInstruction[] = [];
  const stages: { from: FromInstruction; instructions: Exclude<Instruction, FromInstruction>[] }[] = [];
  for (const instruction of instructions) {
    const stage = stages.at(-1);
    if (instruction.kind === "from") stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === "arg") globalArgs.push(instruction);
    else throw beforeFrom(source, instruction);
  }
  if (stages.length === 0) {
    const last = instructions.at(-1);
    const range =
      last === undefined ? undefined : rangeOf(last.scanned.segments, 0, last.scanned.text.length);
    throw dockerfileError(
      "dockerfile contains no stages to build",
      { file: source.file, range: range ?? { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 } },
      { hint: "add a FROM line" },
    );
  }
  return { source, escape: scanned.escape, directives: scanned.directives, globalArgs, stages };
}

function beforeFrom(source: Source, { scanned }: Instruction): TsbuildError {
  const range = rangeOf(scanned.segments, 0, scanned.text.length);
  return dockerfileError(
    "no build stage in current context",
    { file: source.file, range },
    {
      hint: `${scanned.keyword.text.toUpperCase()} must stand behind a FROM; only ARG may come before`,
    },
  );
}
