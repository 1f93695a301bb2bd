import { bytesFromText } from "@tsbuild/runner-native";
import { decodeCharacters } from "./characters.ts";
import { type CharacterTest, readClass, readEscape } from "./character-class.ts";

/** How moby matches a pattern: the text itself, its start, its end, or a regular expression made from it. */
export type MatchType = "exact" | "prefix" | "suffix" | "regexp";

/** One element of a compiled pattern. Elements of one name are the same. */
export type Element =
  | { readonly kind: "character"; readonly code: number }
  /** One character of a class. */
  | { readonly kind: "class"; readonly name: string; readonly test: CharacterTest }
  /** Any number of characters. */
  | { readonly kind: "many"; readonly name: string; readonly test: CharacterTest }
  /** Any number of characters and then a slash, or nothing at all. */
  | { readonly kind: "directories"; readonly name: string; readonly test: CharacterTest }
  /** Holds only before the first character: a bare `^`. */
  | { readonly kind: "start" };

export interface CompiledPattern {
  readonly type: MatchType;
  readonly elements: readonly Element[];
  /** The regular expression that moby would build, for comparing; empty unless the type is "regexp". */
  readonly expression: string;
}

const any: Element & { readonly kind: "many" } = { kind: "many", name: "any", test: () => true };
const notSlash: CharacterTest = (code) => code !== 0x2f;
const notNewline: CharacterTest = (code) => code !== 0x0a;

/** `.*` up to a slash, or nothing: what moby makes of a double star. */
const anyDirectories: Element = { kind: "directories", name: "(.*/)?", test: notNewline };

/**
 * Compiles a clean pattern (a byte string). As moby turns it into a regular expression, so some of that language
 * shows: a negated class matches a slash, `^` is an assertion, and `\d` means a digit.
 * @throws RangeError on what that expression would not accept.
 */
export function compilePattern(pattern: string): CompiledPattern {
  const codes = decodeCharacters(pattern);
  const state: State = { codes, at: 0, type: "exact", elements: [], expression: "^" };
  for (let index = 0; state.at < codes.length; index++) readElement(state, index);
  switch (state.type) {
    case "exact":
      return { type: "exact", elements: literal(codes), expression: "" };
    case "prefix":
      return {
        type: "prefix",
        elements: [...literal(codes.slice(0, -2)), any],
        expression: "",
      };
    case "suffix":
      return { type: "suffix", elements: suffixElements(codes.slice(2)), expression: "" };
    case "regexp":
      return { type: "regexp", elements: state.elements, expression: `${state.expression}$` };
  }
}

function literal(codes: readonly number[]): readonly Element[] {
  return codes.map((code) => ({ kind: "character", code }));
}

/** A path that ends in the suffix; a suffix that starts with a slash is a whole path without it as well. */
function suffixElements(suffix: readonly number[]): readonly Element[] {
  if (suffix[0] !== 0x2f) return [any, ...literal(suffix)];
  return [{ ...any, kind: "directories", name: "(any/)?" }, ...literal(suffix.slice(1))];
}

interface State {
  readonly codes: readonly number[];
  at: number;
  type: MatchType;
  readonly elements: Element[];
  expression: string;
}

const escapedInExpression: ReadonlySet<string> = new Set(".+()|{}$");

function readElement(state: State, index: number): void {
  const code = state.codes[state.at++] ?? 0;
  const character = shown(code);
  if (character === "*") return readStar(state, index);
  if (character === "?") {
    state.type = "regexp";
    return push(state, "[^/]", { kind: "class", name: "[^/]", test: notSlash });
  }
  if (character === "\\") return readBackslash(state);
  if (character === "[") {
    state.type = "regexp";
    const { test, end } = readClass(state.codes, state.at);
    const text = `[${state.codes.slice(state.at, end).map(shown).join("")}`;
    state.at = end;
    return push(state, text, { kind: "class", name: text, test });
  }
  if (character === "]") state.type = "regexp";
  if (character === "^") return push(state, "^", { kind: "start" });
  const text = escapedInExpression.has(character) ? `\\${character}` : character;
  return push(state, text, { kind: "character", code });
}

function push(state: State, text: string, element: Element): void {
  state.expression += text;
  state.elements.push(element);
}

function readStar(state: State, index: number): void {
  if (state.codes[state.at] !== 0x2a) {
    state.type = "regexp";
    return push(state, "[^/]*", { kind: "many", name: "[^/]*", test: notSlash });
  }
  state.at++;
  if (state.codes[state.at] === 0x2f) state.at++;
  if (state.at < state.codes.length) {
    state.type = "regexp";
    push(state, "(.*/)?", anyDirectories);
  } else if (state.type === "exact") state.type = "prefix";
  else {
    state.type = "regexp";
    push(state, ".*", { kind: "many", name: ".*", test: notNewline });
  }
  // A double star at the very start: only the end of the path counts, unless a wildcard follows.
  if (index === 0) state.type = "suffix";
}

function readBackslash(state: State): void {
  const code = state.codes[state.at];
  if (code === undefined) throw new RangeError("a backslash at the end");
  state.type = "regexp";
  const { test, end } = readEscape(state.codes, state.at);
  const text = `\\${state.codes.slice(state.at, end).map(shown).join("")}`;
  state.at = end;
  return push(state, text, { kind: "class", name: text, test });
}

function shown(code: number): string {
  return code > 0x10ffff ? bytesFromText("\ufffd") : String.fromCodePoint(code);
}
