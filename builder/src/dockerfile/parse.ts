import { TsbuildError } from "@tsbuild/runner-native";
import { maxProblems } from "../limits.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import type { Instruction } from "./instruction.ts";
import { parseCmd, parseEntrypoint, parseShell } from "./instructions/command.ts";
import { parseAdd, parseCopy } from "./instructions/copy.ts";
import { parseFrom } from "./instructions/from.ts";
import { parseHealthcheck } from "./instructions/healthcheck.ts";
import {
  parseArg,
  parseEnv,
  parseExpose,
  parseLabel,
  parseMaintainer,
  parseOnbuild,
  parseStopsignal,
  parseUser,
  parseVolume,
  parseWorkdir,
} from "./instructions/metadata.ts";
import { parseRun } from "./instructions/run.ts";
import { readSource, type Source } from "./scan/lines.ts";
import { dockerfileError, rangeOf } from "./place.ts";
import { Problem } from "./problem.ts";
import { quote } from "./expand/quote.ts";
import { type ScannedFile, type ScannedInstruction, scan } from "./scan/scan.ts";
import { unknownInstruction } from "./unknown-instruction.ts";

type Parser = (scanned: ScannedInstruction, read: Arguments) => Instruction;

const parsers: Readonly<Record<string, Parser>> = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: parseCmd,
  COPY: parseCopy,
  ENTRYPOINT: parseEntrypoint,
  ENV: parseEnv,
  EXPOSE: parseExpose,
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: parseLabel,
  MAINTAINER: parseMaintainer,
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: parseStopsignal,
  USER: parseUser,
  VOLUME: parseVolume,
  WORKDIR: parseWorkdir,
};

/** The instructions of a file, and everything that is wrong with them. */
export interface ParsedFile {
  readonly scanned: ScannedFile;
  readonly instructions: readonly Instruction[];
  readonly problems: readonly TsbuildError[];
}

/** Reads all instructions of a Dockerfile; what is wrong is reported together, not thrown. */
export function parseInstructions(source: Source): ParsedFile {
  const scanned = scan(source);
  const words: TsbuildError[] = [...scanned.problems];
  const read = scanned.instructions.map((instruction) => {
    if (words.length >= maxProblems) return undefined;
    try {
      return readArguments(instruction, instruction.text, scanned.escape);
    } catch (error) {
      words.push(placed(error, source, instruction));
      return undefined;
    }
  });
  // As in BuildKit a file whose words cannot be split is not looked at further.
  if (words.length > 0) return { scanned, instructions: [], problems: words.toSorted(byLine) };
  const instructions: Instruction[] = [];
  const problems: TsbuildError[] = [];
  for (const [index, instruction] of scanned.instructions.entries()) {
    const given = read[index];
    if (given === undefined) continue;
    if (problems.length >= maxProblems) break;
    try {
      const { escape, instructions: all } = scanned;
      instructions.push(parseInstruction(instruction, given, { escape, previous: all[index - 1] }));
    } catch (error) {
      problems.push(placed(error, source, instruction, "dockerfile parse error on line "));
    }
  }
  return { scanned, instructions, problems };
}

/** Parses the text of one ONBUILD trigger, which has no file of its own. @throws Problem */
export function parseTrigger(file: string, text: string): Instruction {
  const { instructions, problems } = parseTriggerText(file, text);
  const [first] = instructions;
  const [problem] = problems;
  if (problem !== undefined) throw triggerProblem(text, problem);
  if (first === undefined || instructions.length !== 1)
    throw new Problem("onbuild trigger should be a single expression");
  return first;
}

function parseTriggerText(file: string, text: string): ParsedFile {
  try {
    return parseInstructions(readSource(file, text));
  } catch (error) {
    throw error instanceof TsbuildError ? triggerProblem(text, error) : error;
  }
}

/** Its lines are those of the trigger's own text: the caller says where it comes from. */
function triggerProblem(text: string, { message, hint }: TsbuildError): Problem {
  return new Problem(`ONBUILD trigger ${quote(text.slice(0, maxShownTrigger))}: ${message}`, { hint });
}

/** A longer trigger is cut in messages. */
const maxShownTrigger = 1000;

function parseInstruction(
  scanned: ScannedInstruction,
  read: Arguments,
  around: { readonly escape: string; readonly previous: ScannedInstruction | undefined },
): Instruction {
  const upper = scanned.keyword.text.toUpperCase();
  const parser = Object.hasOwn(parsers, upper) ? parsers[upper] : undefined;
  if (parser === undefined) throw unknownInstruction(scanned, { ...around, keywords: Object.keys(parsers) });
  return parser(scanned, read);
}

function byLine(left: TsbuildError, right: TsbuildError): number {
  return (left.location?.line ?? 0) - (right.location?.line ?? 0);
}

/** A problem as an error with its place: the token it names, else the whole instruction. */
function placed(error: unknown, source: Source, scanned: ScannedInstruction, prefix = ""): TsbuildError {
  const isKnown = error instanceof Problem;
  if (!isKnown && !(error instanceof TsbuildError && error.code === "EXPANSION_INVALID")) throw error;
  const token = isKnown ? error.token : undefined;
  const range = rangeOf(scanned.segments, token?.start ?? 0, token?.end ?? scanned.text.length);
  const sentence = prefix === "" ? error.message : `${prefix}${scanned.startLine}: ${error.message}`;
  return dockerfileError(
    sentence,
    { file: source.file, range },
    error.hint === undefined ? {} : { hint: error.hint },
  );
}
