import { isDigest } from "@tsbuild/layers";
import { expand } from "../../dockerfile/expand/expand.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import type { AddInstruction, ArgInstruction } from "../../dockerfile/instruction.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { Dockerfile, Stage } from "../../dockerfile/stages.ts";
import { parseGitSource } from "../../dockerfile/values/git-source.ts";
import { wantedRepository } from "../../repositories/wanted.ts";
import type { LowerOptions, TimedSource } from "../options.ts";
import { fileNameOf, isHttp } from "./remote-sources.ts";
import { ownValue, setVariable, type Variables } from "./variables.ts";

interface Around {
  readonly dockerfile: Dockerfile;
  readonly variables: ReadonlyMap<string, string>;
  readonly options: LowerOptions;
}

/** The one remote thing that a stage named by SOURCE_DATE_EPOCH adds. @throws Problem */
export function sourceOfStage({ from, instructions }: Stage, around: Around): TimedSource {
  const variables = new Map(around.variables);
  variables.delete("SOURCE_DATE_EPOCH");
  const word = (text: string): string => expand(text, variables, { escape: around.dockerfile.escape }).text;
  if (word(from.base.text) !== "scratch") throw new Problem("SOURCE_DATE_EPOCH stage must use FROM scratch");
  let source: TimedSource | undefined;
  for (const instruction of instructions) {
    if (instruction.kind === "arg") setArguments(variables, instruction, { around, word });
    else if (instruction.kind !== "add")
      throw new Problem(
        `SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported ${instruction.kind} instruction`,
        { hint: "the stage must be FROM scratch with one ADD of a URL or a repository" },
      );
    else if (source !== undefined) throw moreThanOne();
    else source = sourceOfAdd(instruction, word);
  }
  if (source === undefined) throw moreThanOne();
  return source;
}

function moreThanOne(): Problem {
  return new Problem("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD");
}

function setArguments(
  variables: Variables,
  { args }: ArgInstruction,
  { around, word }: { readonly around: Around; readonly word: (text: string) => string },
): void {
  for (const { name, value } of args) {
    const given = ownValue(around.options.buildArgs ?? {}, name);
    const read = given ?? (value === undefined ? undefined : word(value));
    if (read !== undefined) setVariable(variables, name, read);
  }
}

function sourceOfAdd(
  { sources, inline, checksum: written, keepGitDir }: AddInstruction,
  word: (text: string) => string,
): TimedSource {
  const [only, ...more] = sources;
  if (only === undefined || more.length > 0 || inline.length > 0)
    throw new Problem("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD source");
  const text = word(only.text);
  const checksum = written === "" ? undefined : word(written);
  if (isHttp(text)) {
    if (checksum !== undefined && !isDigest(checksum))
      throw new Problem(`invalid checksum digest format: ${quote(checksum)}`);
    return {
      source: { kind: "http", url: text, fileName: fileNameOf(text) },
      ...(checksum !== undefined && { checksum }),
    };
  }
  const git = parseGitSource(text);
  if (git === undefined)
    throw new Problem("SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD");
  const given = {
    ...(checksum !== undefined && { checksum }),
    ...(keepGitDir !== undefined && { keepGitDir }),
  };
  return { source: { kind: "git", ...wantedRepository(git, given) } };
}
