import type { EscapeCharacter } from "./expand/expand.ts";
import { readJsonForm } from "./values/json-form.ts";
import type { Token } from "./place.ts";
import { Problem } from "./problem.ts";
import { quote } from "./expand/quote.ts";
import { type SplitInstruction, splitInstruction } from "./scan/scan.ts";
import { isSpace, isWordGap, skipSpaces } from "./scan/whitespace.ts";
import { splitAtBlanks, splitQuoted } from "./scan/words.ts";

/** The words of an instruction, split by the rules of its keyword and not yet checked. */
export interface Arguments {
  readonly words: readonly Token[];
  /** The words are the strings of a JSON array. */
  readonly isJson: boolean;
  /** ENV and LABEL. */
  readonly pairs: readonly Pair[];
  /** ONBUILD: the instruction behind it. */
  readonly trigger: (SplitInstruction & { readonly arguments: Arguments }) | undefined;
}

export interface Pair {
  readonly key: Token;
  readonly value: Token;
  /** `KEY value` without `=`. */
  readonly isLegacy: boolean;
}

/** ONBUILD ONBUILD is refused anyway: no need to look at all of them. */
const maxTriggerDepth = 3;

const none: Arguments = { words: [], isJson: false, pairs: [], trigger: undefined };

/**
 * Splits what stands behind the keyword.
 * @throws Problem on JSON that holds something else than strings, and on pairs without `=`.
 */
export function readArguments(
  split: SplitInstruction,
  text: string,
  escape: EscapeCharacter,
  depth = 0,
): Arguments {
  const { rest } = split;
  const keyword = split.keyword.text.toUpperCase();
  switch (keyword) {
    case "ADD":
    case "COPY":
    case "VOLUME":
      return jsonOr(rest, splitAtBlanks);
    case "CMD":
    case "ENTRYPOINT":
    case "RUN":
    case "SHELL":
      return jsonOr(rest, wholeText);
    case "ENV":
    case "LABEL":
      return { ...none, pairs: readPairs(rest, keyword, escape) };
    case "ARG":
      return { ...none, words: splitQuoted(rest, escape) };
    case "EXPOSE":
    case "FROM":
      return { ...none, words: splitAtBlanks(rest) };
    case "HEALTHCHECK":
      return readHealthcheck(rest);
    case "ONBUILD":
      return readTrigger(rest, text, escape, depth);
    default:
      return { ...none, words: wholeText(rest) };
  }
}

function wholeText(rest: Token): readonly Token[] {
  return rest.text === "" ? [] : [rest];
}

function jsonOr(rest: Token, split: (rest: Token) => readonly Token[]): Arguments {
  const json = readJsonForm(rest.text);
  switch (json.kind) {
    case "strings":
      return { ...none, words: json.strings.map((text) => ({ ...rest, text })), isJson: true };
    case "not-strings":
      throw new Problem("when using JSON array syntax, arrays must be comprised of strings only", {
        token: rest,
        hint: "put every element in double quotes",
      });
    case "text":
      return { ...none, words: split(rest) };
  }
}

function readPairs(rest: Token, keyword: string, escape: EscapeCharacter): readonly Pair[] {
  const words = splitQuoted(rest, escape);
  const [first] = words;
  if (first === undefined) return [];
  if (!first.text.includes("=")) return [legacyPair(rest, keyword)];
  return words.map((word) => {
    const equals = word.text.indexOf("=");
    if (equals < 0)
      throw new Problem(
        `Syntax error - can't find = in ${quote(word.text)}. Must be of the form: name=value`,
        { token: word, hint: "a value with spaces needs double quotes" },
      );
    return {
      key: { text: word.text.slice(0, equals), start: word.start, end: word.start + equals },
      value: { text: word.text.slice(equals + 1), start: word.start + equals + 1, end: word.end },
      isLegacy: false,
    };
  });
}

/** `ENV key all of the rest`. */
function legacyPair(rest: Token, keyword: string): Pair {
  const { text, start } = rest;
  let end = 0;
  while (end < text.length && !isWordGap(text.charAt(end))) end++;
  if (end === text.length)
    throw new Problem(`${keyword} must have two arguments`, {
      token: rest,
      hint: `write ${keyword} ${text}=value`,
    });
  let value = end;
  while (isWordGap(text.charAt(value))) value++;
  return {
    key: { text: text.slice(0, end), start, end: start + end },
    value: { text: text.slice(value), start: start + value, end: rest.end },
    isLegacy: true,
  };
}

/** The kind (NONE or CMD), then a command in either form. */
function readHealthcheck(rest: Token): Arguments {
  const { text } = rest;
  let end = 0;
  while (end < text.length && !isSpace(text.charAt(end))) end++;
  if (end === 0) return none;
  const command = skipSpaces(text, end);
  const kind = { text: text.slice(0, end), start: rest.start, end: rest.start + end };
  const read = jsonOr({ text: text.slice(command), start: rest.start + command, end: rest.end }, wholeText);
  return { ...read, words: [kind, ...read.words] };
}

function readTrigger(rest: Token, text: string, escape: EscapeCharacter, depth: number): Arguments {
  if (rest.text === "" || depth > maxTriggerDepth) return none;
  const split = splitInstruction(text, escape, rest.start);
  return { ...none, trigger: { ...split, arguments: readArguments(split, text, escape, depth + 1) } };
}
