import type { TsbuildError } from "@tsbuild/runner-native";
import { expand } from "../expand/expand.ts";

/** A `<<NAME` of an instruction and the lines that belong to it. */
export interface Heredoc {
  readonly name: string;
  /** Unquoted: variables in the body of COPY and ADD are expanded. */
  readonly expand: boolean;
  /** `<<-`: leading tabs go. */
  readonly chomp: boolean;
  /** `3<<NAME`. */
  readonly fileDescriptor: number;
  /** The lines as written, tabs included, without the terminator. */
  readonly content: string;
}

export type HeredocOpening = Omit<Heredoc, "content">;

const noVariables: ReadonlyMap<string, string> = new Map();
const opening = /^(\d*)<<(-?)([^<]*)$/;
const leadingBlanks = /^[\t\n\f\r ]+/;

/**
 * What a word opens, or undefined when it is no heredoc. The escape character here is always a backslash.
 * @throws EXPANSION_INVALID on an unbalanced quote in the name.
 */
export function parseHeredocWord(word: string): HeredocOpening | undefined {
  const match = opening.exec(word);
  const rest = match?.[3]?.replace(leadingBlanks, "");
  if (match === null || rest === undefined || rest === "") return undefined;
  const plain = expand(rest, noVariables, { escape: "\\", unset: "keep" }).words;
  const name = plain[0];
  if (plain.length !== 1 || name === undefined) return undefined;
  const raw = expand(rest, noVariables, { escape: "\\", raw: "quotes", unset: "keep" }).words;
  return {
    name,
    expand: raw[0] === name,
    chomp: match[2] === "-",
    fileDescriptor: Number(match[1]),
  };
}

/** As `parseHeredocWord`, but a word whose quotes do not balance is no heredoc. */
export function heredocWord(word: string): HeredocOpening | undefined {
  try {
    return parseHeredocWord(word);
  } catch (error) {
    if ((error as TsbuildError).code === "EXPANSION_INVALID") return undefined;
    throw error;
  }
}

/** The heredocs that a line opens, in order. A line whose quotes do not balance opens none. */
export function heredocsOf(line: string): readonly HeredocOpening[] {
  if (!line.includes("<<")) return [];
  return wordsOf(line).flatMap((word) => parseHeredocWord(word) ?? []);
}

function wordsOf(line: string): readonly string[] {
  try {
    return expand(line, noVariables, { escape: "\\", raw: "quotes-and-escapes", unset: "keep" }).words;
  } catch (error) {
    if ((error as TsbuildError).code === "EXPANSION_INVALID") return [];
    throw error;
  }
}

/** The body of a `<<-` heredoc: each line without its leading tabs. */
export function chompTabs(content: string): string {
  return content.replace(/^\t+/gm, "");
}
