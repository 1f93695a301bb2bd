import { builderError } from "../../errors.ts";
import { maxExpansionDepth, maxWordCharacters } from "../../limits.ts";
import { Problem } from "../problem.ts";
import { quote } from "./quote.ts";
import { replaceMatches, trimMatch } from "./variable-pattern.ts";
import { isSpace } from "../scan/whitespace.ts";

/** The `escape` directive allows these two. */
export type EscapeCharacter = "\\" | "`";

export interface ExpandOptions {
  readonly escape: EscapeCharacter;
  /** Quotes and escapes stay in the result, for texts that are shown or split again. */
  readonly raw?: "quotes" | "quotes-and-escapes";
  /** Quotes are ordinary characters: the bodies of heredocs. */
  readonly quotes?: "ordinary";
  /** Variables without a value stay as they are written. */
  readonly unset?: "keep";
}

/** A word after expansion. */
export interface Expansion {
  readonly text: string;
  /** The result split at white space that is neither quoted nor escaped. */
  readonly words: readonly string[];
  /** Names that had a value. */
  readonly matched: ReadonlySet<string>;
  /** Names that had none. */
  readonly unmatched: ReadonlySet<string>;
}

/**
 * Removes quotes, applies escapes and replaces variables, as BuildKit does for the instructions that expand.
 * @throws EXPANSION_INVALID without a location: the caller knows where the word stands.
 */
export function expand(
  word: string,
  variables: ReadonlyMap<string, string>,
  options: ExpandOptions,
): Expansion {
  const state: State = {
    text: word,
    // A byte-order mark at the start of a word is skipped, as by Go's text/scanner.
    at: word.startsWith("\ufeff") ? 1 : 0,
    depth: 0,
    rawEscapes: options.raw === "quotes-and-escapes",
    rawQuotes: options.raw !== undefined,
    variables,
    options,
    matched: new Set(),
    unmatched: new Set(),
  };
  try {
    const { text, words } = readUntil(state, undefined, state.rawEscapes);
    return { text, words, matched: state.matched, unmatched: state.unmatched };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const code = error.isLimit ? "DOCKERFILE_TOO_LARGE" : "EXPANSION_INVALID";
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw builderError(code, `failed to process ${quote(word)}: ${error.message}`, hint);
  }
}

interface State {
  readonly text: string;
  at: number;
  depth: number;
  rawEscapes: boolean;
  readonly rawQuotes: boolean;
  readonly variables: ReadonlyMap<string, string>;
  readonly options: ExpandOptions;
  readonly matched: Set<string>;
  readonly unmatched: Set<string>;
}

/** The next character (a whole code point), or "" at the end. */
function peek(state: State): string {
  const code = state.text.codePointAt(state.at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function next(state: State): string {
  const character = peek(state);
  state.at += character.length;
  return character;
}

const unclosed = "a quote is opened and never closed; a backslash in front makes it an ordinary character";
const unbraced = "every ${ needs its }; a backslash in front of $ makes it an ordinary character";
const modifiers =
  "there are ${v:-word} ${v:+word} ${v:?word} ${v#pattern} ${v%pattern} and ${v/pattern/text}";

const anySpace = /[\s\u0085]/;

/** Collects words: expanded white space splits them, quoted and escaped white space does not. */
interface WordList {
  readonly words: string[];
  word: string;
}

function addPlain(list: WordList, text: string): void {
  if (!anySpace.test(text)) {
    list.word += text;
    return;
  }
  for (const character of text) {
    if (!isSpace(character)) list.word += character;
    else endWord(list);
  }
}

function endWord(list: WordList): void {
  if (list.word === "") return;
  list.words.push(list.word);
  list.word = "";
}

/** Reads up to `stop` (or to the end) and gives the text and its words. */
function readUntil(
  state: State,
  stop: string | undefined,
  rawEscapes: boolean,
): { text: string; words: string[] } {
  const outer = state.rawEscapes;
  state.rawEscapes = rawEscapes;
  if (++state.depth > maxExpansionDepth) throw new Problem("substitutions are nested too deeply");
  const list: WordList = { words: [], word: "" };
  let text = "";
  for (let character = peek(state); character !== ""; character = peek(state)) {
    if (character === stop) {
      state.at++;
      return finish();
    }
    text += readOrdinary(state, list) || readPiece(state, character, list);
    if (text.length > maxWordCharacters)
      throw new Problem("the expanded word is too long", { isLimit: true });
  }
  if (stop !== undefined) throw new Problem(`unexpected end of statement while looking for matching ${stop}`);
  return finish();

  function finish(): { text: string; words: string[] } {
    state.depth--;
    state.rawEscapes = outer;
    endWord(list);
    return { text, words: list.words };
  }
}

/** Everything that means something in any mode. */
const ordinary = /[^$'"<\\`/}]+/y;

/** A stretch of characters that mean nothing special, taken at once. */
function readOrdinary(state: State, list: WordList): string {
  ordinary.lastIndex = state.at;
  const found = ordinary.exec(state.text)?.[0] ?? "";
  state.at += found.length;
  addPlain(list, found);
  return found;
}

function readPiece(state: State, character: string, list: WordList): string {
  if (character === "$") {
    const value = readVariable(state);
    addPlain(list, value);
    return value;
  }
  if (state.options.quotes !== "ordinary" && (character === "'" || character === '"')) {
    const value = character === "'" ? readSingleQuoted(state) : readDoubleQuoted(state);
    list.word += value;
    return value;
  }
  state.at += character.length;
  if (character === "<") {
    const opening = readHeredocSign(state);
    list.word += opening;
    return opening;
  }
  if (character !== state.options.escape) {
    addPlain(list, character);
    return character;
  }
  const escaped = (state.rawEscapes ? character : "") + next(state);
  list.word += escaped;
  return escaped;
}

/** `<<` and `<<-` keep the blanks behind them in their word: `<< EOF` opens a heredoc too. */
function readHeredocSign(state: State): string {
  if (peek(state) !== "<") return "<";
  const start = state.at++;
  if (peek(state) === "-") state.at++;
  while (peek(state) === " " || peek(state) === "\t" || peek(state) === "\r") state.at++;
  return `<${state.text.slice(start, state.at)}`;
}

function readSingleQuoted(state: State): string {
  const end = state.text.indexOf("'", state.at + 1);
  if (end < 0) {
    state.at = state.text.length;
    throw new Problem("unexpected end of statement while looking for matching single-quote", {
      hint: unclosed,
    });
  }
  const inner = state.rawQuotes ? state.text.slice(state.at, end + 1) : state.text.slice(state.at + 1, end);
  state.at = end + 1;
  return inner;
}

function readDoubleQuoted(state: State): string {
  state.at++;
  let text = state.rawQuotes ? '"' : "";
  for (;;) {
    const character = peek(state);
    if (character === "")
      throw new Problem("unexpected end of statement while looking for matching double-quote", {
        hint: unclosed,
      });
    if (character === "$") {
      text += readVariable(state);
      continue;
    }
    state.at += character.length;
    if (character === '"') return state.rawQuotes ? `${text}"` : text;
    text += character === state.options.escape ? readEscapedInQuotes(state, character) : character;
  }
}

/** Inside double quotes only `"`, `$` and the escape character itself can be escaped. */
function readEscapedInQuotes(state: State, escape: string): string {
  const kept = state.rawEscapes ? escape : "";
  const following = peek(state);
  if (following === "") return kept;
  if (following === '"' || following === "$" || following === escape) return kept + next(state);
  return kept + escape;
}

function readVariable(state: State): string {
  state.at++;
  if (peek(state) === "{") {
    state.at++;
    return readBraced(state);
  }
  const name = readName(state);
  if (name === "") return "$";
  const value = lookUp(state, name);
  if (value === undefined && state.options.unset === "keep") return `$${name}`;
  return value ?? "";
}

function readBraced(state: State): string {
  const first = peek(state);
  if (first === "") throw new Problem("syntax error: missing '}'", { hint: unbraced });
  if (first === "{" || first === "}" || first === ":") throw new Problem("syntax error: bad substitution");
  const name = readName(state);
  const operator = next(state);
  switch (operator) {
    case "}": {
      const value = lookUp(state, name);
      if (value === undefined && state.options.unset === "keep") return `\${${name}}`;
      return value ?? "";
    }
    case ":": {
      const second = next(state);
      return applyModifier(state, name, { symbol: second, shown: operator + second, emptyIsUnset: true });
    }
    case "+":
    case "-":
    case "?":
    case "#":
    case "%":
      return applyModifier(state, name, { symbol: operator, shown: operator, emptyIsUnset: false });
    case "/":
      return readReplacement(state, name);
    case "":
      throw new Problem("syntax error: missing '}'", { hint: unbraced });
    default:
      throw new Problem(`unsupported modifier (${operator}) in substitution`, { hint: modifiers });
  }
}

interface Modifier {
  readonly symbol: string;
  readonly shown: string;
  readonly emptyIsUnset: boolean;
}

function applyModifier(state: State, name: string, { symbol, shown, emptyIsUnset }: Modifier): string {
  const isPattern = symbol === "#" || symbol === "%";
  const word = readOperand(state, "}", isPattern, "syntax error: missing '}'");
  const value = lookUp(state, name);
  if (value === undefined && state.options.unset === "keep") return `\${${name}${shown}${word}}`;
  const isMissing = value === undefined || (emptyIsUnset && value === "");
  if (symbol === "-") return isMissing ? word : value;
  if (symbol === "+") return isMissing ? "" : word;
  if (symbol === "?") {
    if (!isMissing) return value;
    const problem = value === undefined ? "is not allowed to be unset" : "is not allowed to be empty";
    throw new Problem(`${name}: ${word === "" ? problem : word}`);
  }
  // `${v:#p}` and `${v:%p}` exist in no shell.
  if (!isPattern || emptyIsUnset)
    throw new Problem(`unsupported modifier (${shown}) in substitution`, { hint: modifiers });
  const length = word.startsWith(symbol) ? "longest" : "shortest";
  const pattern = length === "longest" ? word.slice(1) : word;
  return patterned(pattern, () =>
    trimMatch(value ?? "", pattern, { side: symbol === "#" ? "prefix" : "suffix", length }),
  );
}

/** `${v/pattern/text}` replaces the first match, `${v//pattern/text}` all. */
function readReplacement(state: State, name: string): string {
  const all = peek(state) === "/";
  if (all) state.at++;
  const pattern = readOperand(state, "/", true, "syntax error: missing '/' in ${}");
  const replacement = readOperand(state, "}", true, "syntax error: missing '}'");
  const value = lookUp(state, name);
  if (value === undefined && state.options.unset === "keep") return `\${${name}/${pattern}/${replacement}}`;
  return patterned(pattern, () => replaceMatches(value ?? "", pattern, { replacement, all }));
}

function readOperand(state: State, stop: string, rawEscapes: boolean, missing: string): string {
  try {
    return readUntil(state, stop, rawEscapes).text;
  } catch (error) {
    if (error instanceof Problem && peek(state) === "") throw new Problem(missing, { hint: unbraced });
    throw error;
  }
}

function patterned(pattern: string, run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem(`invalid pattern (${pattern}) in substitution: ${error.message}`);
  }
}

function lookUp(state: State, name: string): string | undefined {
  const value = state.variables.get(name);
  (value === undefined ? state.unmatched : state.matched).add(name);
  return value;
}

const letterOrDigit = /^[\p{L}\p{Nd}_]$/u;
const digit = /^\p{Nd}$/u;
const specialNames: ReadonlySet<string> = new Set("@*#?-$!0");

/** A name, a run of digits, one of the shell's special one-character names, or "". */
function readName(state: State): string {
  const first = peek(state);
  if (digit.test(first)) return readWhile(state, digit);
  if (specialNames.has(first)) return next(state);
  return readWhile(state, letterOrDigit);
}

function readWhile(state: State, accepted: RegExp): string {
  const start = state.at;
  for (let character = peek(state); accepted.test(character); character = peek(state))
    state.at += character.length;
  return state.text.slice(start, state.at);
}
