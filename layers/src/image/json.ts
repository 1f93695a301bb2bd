import type { TsbuildError } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** Without a prototype: "__proto__" is a key like any other. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export interface JsonLimits {
  /** What the document is, for error messages: `manifest sha256:…`. */
  readonly what: string;
  readonly maxBytes: number;
}

/** Deeper nesting has no use in any document of ours. */
const maxDepth = 64;

/** Objects below these keys are maps from outside (Go: map[string]string), where `A` and `a` are two keys. */
const mapKeys: ReadonlySet<string> = new Set(["labels", "annotations", "exposedports", "volumes"]);

/**
 * Reads a JSON document so that no other reader can see another document in the same bytes: refuses duplicate keys, keys that
 * are equal under case folding (Go matches field names so), integers beyond 2^53, invalid UTF-8, deep nesting, trailing bytes.
 * @throws JSON_INVALID
 */
export function parseJson(bytes: Uint8Array, { what, maxBytes }: JsonLimits): JsonValue {
  if (bytes.length > maxBytes)
    throw layersError("JSON_INVALID", `${what} has ${bytes.length} bytes, more than the ${maxBytes} allowed`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw layersError("JSON_INVALID", `${what} is not UTF-8`, { cause });
  }
  return createReader(text, what).document();
}

/** The same, for a document that must be an object. @throws JSON_INVALID */
export function parseJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonObject {
  const value = parseJson(bytes, limits);
  if (!isJsonObject(value)) throw layersError("JSON_INVALID", `${limits.what} is not a JSON object`);
  return value;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How Go compares field names: case does not count, nor do the long s and the Kelvin sign. */
export function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase();
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const spacePattern = /[ \t\n\r]*/y;

/** Undefined when escapes or control characters are not as JSON wants them. */
function unquote(token: string): string | undefined {
  try {
    return JSON.parse(token) as string;
  } catch {
    // The token is exactly one string, so that any failure is one of its inside.
    return undefined;
  }
}

function createReader(text: string, what: string): { document(): JsonValue } {
  let at = 0;

  const fail = (problem: string): TsbuildError =>
    layersError("JSON_INVALID", `${what} is not valid JSON: ${problem} at character ${at}`);
  const skipSpace = (): void => {
    spacePattern.lastIndex = at;
    spacePattern.test(text);
    at = spacePattern.lastIndex;
  };
  const match = (pattern: RegExp, wanted: string): string => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) throw fail(`${wanted} expected`);
    const token = text.slice(at, pattern.lastIndex);
    at = pattern.lastIndex;
    return token;
  };
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const expect = (character: string): void => {
    if (!take(character)) throw fail(`${JSON.stringify(character)} expected`);
  };
  const string = (): string => {
    skipSpace();
    const start = at;
    if (text[at] !== '"') throw fail("a string expected");
    for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    at++;
    const value = unquote(text.slice(start, at));
    if (value === undefined) throw fail("a broken string");
    if (!value.isWellFormed()) throw fail("half of a surrogate pair");
    return value;
  };
  const number = (): number => {
    const value = Number(match(numberPattern, "a value"));
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw fail("a number beyond 2^53");
    return value;
  };
  const literal = (word: string, value: boolean | null): boolean | null => {
    if (!text.startsWith(word, at)) throw fail("a value expected");
    at += word.length;
    return value;
  };
  const array = (depth: number, key: string): JsonValue[] => {
    expect("[");
    const values: JsonValue[] = [];
    if (take("]")) return values;
    do values.push(value(depth + 1, key));
    while (take(","));
    expect("]");
    return values;
  };
  const object = (depth: number, parentKey: string): JsonObject => {
    expect("{");
    const entries: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    const seen = new Set<string>();
    const identity = mapKeys.has(foldKey(parentKey)) ? (key: string): string => key : foldKey;
    if (take("}")) return entries;
    do {
      const key = string();
      if (seen.has(identity(key))) throw fail(`the key ${JSON.stringify(key.slice(0, 80))} is there twice`);
      seen.add(identity(key));
      expect(":");
      entries[key] = value(depth + 1, key);
    } while (take(","));
    expect("}");
    return entries;
  };
  const value = (depth: number, key: string): JsonValue => {
    if (depth > maxDepth) throw fail(`more than ${maxDepth} levels`);
    skipSpace();
    switch (text[at] ?? "") {
      case "{":
        return object(depth, key);
      case "[":
        return array(depth, key);
      case '"':
        return string();
      case "t":
        return literal("true", true);
      case "f":
        return literal("false", false);
      case "n":
        return literal("null", null);
      default:
        return number();
    }
  };
  return {
    document() {
      const result = value(0, "");
      skipSpace();
      if (at !== text.length) throw fail("more text after the document");
      return result;
    },
  };
}
