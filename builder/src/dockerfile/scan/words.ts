import type { EscapeCharacter } from "../expand/expand.ts";
import type { Token } from "../place.ts";
import { isSpace, isWordGap } from "./whitespace.ts";

/** Splits at runs of blanks only: quotes mean nothing here. A text that is not empty gives at least one word. */
export function splitAtBlanks(token: Token): readonly Token[] {
  if (token.text === "") return [];
  const words: Token[] = [];
  let start = 0;
  for (let at = 0; at <= token.text.length; at++) {
    if (at < token.text.length && !isWordGap(token.text.charAt(at))) continue;
    words.push({ text: token.text.slice(start, at), start: token.start + start, end: token.start + at });
    while (isWordGap(token.text.charAt(at + 1))) at++;
    start = at + 1;
  }
  return words;
}

/** Splits at white space outside quotes; quotes and escapes stay in the words (ENV, LABEL, ARG). */
export function splitQuoted(token: Token, escape: EscapeCharacter): readonly Token[] {
  const { text } = token;
  const words: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text.charAt(at))) {
      at++;
      continue;
    }
    const start = at;
    const { word, end } = readQuotedWord(text, at, escape);
    at = end;
    if (word !== "") words.push({ text: word, start: token.start + start, end: token.start + end });
  }
  return words;
}

function readQuotedWord(
  text: string,
  start: number,
  escape: EscapeCharacter,
): { readonly word: string; readonly end: number } {
  let quoted = "";
  let word = "";
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (quoted === "" && isSpace(character)) break;
    at++;
    if (character === escape && quoted !== "'") {
      // An escape character at the very end is dropped, and ends a quoted stretch.
      if (at === text.length) break;
      word += character + text.charAt(at++);
      continue;
    }
    word += character;
    if (quoted === character) quoted = "";
    else if (quoted === "" && (character === "'" || character === '"')) quoted = character;
  }
  return { word, end: at };
}

/** Takes the leading `--flag` words off; quotes and escapes in them are resolved. `--` ends them. */
export function splitFlags(
  token: Token,
  escape: EscapeCharacter,
): { readonly flags: readonly Token[]; readonly rest: Token } {
  const { text } = token;
  const flags: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    if (!text.startsWith("--", at)) break;
    const { word, end } = readFlag(text, at, escape);
    if (word === "--") {
      at = end;
      break;
    }
    flags.push({ text: word, start: token.start + at, end: token.start + end });
    at = end;
  }
  return { flags, rest: { text: text.slice(at), start: token.start + at, end: token.end } };
}

function readFlag(
  text: string,
  start: number,
  escape: EscapeCharacter,
): { readonly word: string; readonly end: number } {
  let quoted = "";
  let word = "";
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (quoted === "" && isSpace(character)) break;
    at++;
    if (character === escape) word += at < text.length ? text.charAt(at++) : "";
    else if (quoted === character) quoted = "";
    else if (quoted === "" && (character === "'" || character === '"')) quoted = character;
    else word += character;
  }
  return { word, end: at };
}
