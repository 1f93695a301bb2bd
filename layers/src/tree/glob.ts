import { textFromBytes } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";

/** A compiled pattern of Go's filepath.Match: the whole name must match, "*" and "?" never cross "/". Names are byte strings. */
export interface Glob {
  matches(name: string): boolean;
}

type Token =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "byte"; readonly code: number }
  | {
      readonly kind: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** @throws COPY_CONFLICT "syntax error in pattern" */
export function compileGlob(pattern: string): Glob {
  const tokens = tokenize(pattern);
  return { matches: (name) => matchTokens(tokens, name) };
}

/** True when a path component holds an unescaped wildcard. */
export function hasWildcard(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "*" || pattern[at] === "?" || pattern[at] === "[") return true;
  }
  return false;
}

/** Backtracks only to the last star: a star that has been passed never takes more (as Go does), so time is at most length × length. */
function matchTokens(tokens: readonly Token[], name: string): boolean {
  let token = 0;
  let at = 0;
  let starToken = -1;
  let starAt = 0;
  while (token < tokens.length || at < name.length) {
    const now = tokens[token];
    if (now?.kind === "star") {
      starToken = token++;
      starAt = at;
      continue;
    }
    const taken = now ? matchOne(now, name, at) : 0;
    if (taken > 0) {
      token++;
      at += taken;
      continue;
    }
    if (starToken < 0 || starAt >= name.length || name[starAt] === "/") return false;
    starAt++;
    token = starToken + 1;
    at = starAt;
  }
  return true;
}

/** How many bytes a token takes; 0 when it does not match. */
function matchOne(token: Exclude<Token, { kind: "star" }>, name: string, at: number): number {
  if (at >= name.length) return 0;
  switch (token.kind) {
    case "byte":
      return name.charCodeAt(at) === token.code ? 1 : 0;
    case "any":
      return name[at] === "/" ? 0 : runeAt(name, at).length;
    case "class": {
      const { rune, length } = runeAt(name, at);
      const isIn = token.ranges.some(([low, high]) => low <= rune && rune <= high);
      return isIn === token.negated ? 0 : length;
    }
  }
}

const replacementRune = 0xfffd;

/** Decodes one UTF-8 character of a byte string; a byte that begins none counts as U+FFFD of one byte. */
function runeAt(bytes: string, at: number): { readonly rune: number; readonly length: number } {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { rune: first, length: 1 };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  const text = Buffer.from(bytes.slice(at, at + length), "latin1").toString("utf8");
  const rune = text.codePointAt(0) ?? replacementRune;
  const isWhole = length > 1 && text.length === (rune > 0xffff ? 2 : 1);
  const isReplacement = rune === replacementRune && bytes.slice(at, at + 3) !== "\xef\xbf\xbd";
  return isWhole && !isReplacement ? { rune, length } : { rune: replacementRune, length: 1 };
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const letter = pattern[at] as string;
    if (letter === "*") {
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
      at++;
    } else if (letter === "?") {
      tokens.push({ kind: "any" });
      at++;
    } else if (letter === "[") {
      const [token, next] = readClass(pattern, at + 1);
      tokens.push(token);
      at = next;
    } else {
      if (letter === "\\") at++;
      if (at >= pattern.length) throw badPattern(pattern);
      tokens.push({ kind: "byte", code: pattern.charCodeAt(at) });
      at++;
    }
  }
  return tokens;
}

function readClass(pattern: string, start: number): [Token, number] {
  const negated = pattern[start] === "^";
  const ranges: [number, number][] = [];
  let at = negated ? start + 1 : start;
  while (pattern[at] !== "]" || ranges.length === 0) {
    const [low, afterLow] = readClassRune(pattern, at);
    at = afterLow;
    if (pattern[at] !== "-") {
      ranges.push([low, low]);
      continue;
    }
    const [high, afterHigh] = readClassRune(pattern, at + 1);
    ranges.push([low, high]);
    at = afterHigh;
  }
  return [{ kind: "class", negated, ranges }, at + 1];
}

/** One character of a class; a class must not end right after it. */
function readClassRune(pattern: string, start: number): [rune: number, next: number] {
  const letter = pattern[start];
  if (letter === undefined || letter === "-" || letter === "]") throw badPattern(pattern);
  const at = letter === "\\" ? start + 1 : start;
  if (at >= pattern.length) throw badPattern(pattern);
  const { rune, length } = runeAt(pattern, at);
  const isBroken = rune === replacementRune && length === 1;
  if (isBroken || at + length >= pattern.length) throw badPattern(pattern);
  return [rune, at + length];
}

function badPattern(pattern: string): Error {
  return layersError("COPY_CONFLICT", `syntax error in pattern ${JSON.stringify(textFromBytes(pattern))}`, {
    hint: "a [ begins a list of characters that ends with ]; write [[] for the character itself",
  });
}
