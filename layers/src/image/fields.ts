import type { TsbuildError } from "@tsbuild/runner-native";
import { foldKey, isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** Makes the error of a document: `problem` completes "manifest sha256:… is not valid: ". */
export type Refuse = (problem: string) => TsbuildError;

/** Typed access to the fields of one JSON object. As in Go, null is the same as absent. */
export interface Fields {
  string(name: string): string | undefined;
  requiredString(name: string): string;
  /** An integer, zero or more. */
  count(name: string): number | undefined;
  requiredCount(name: string): number;
  integer(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  strings(name: string): readonly string[] | undefined;
  stringMap(name: string): Readonly<Record<string, string>> | undefined;
  /** A map of which only the keys count: {"80/tcp": {}}. */
  keySet(name: string): Readonly<Record<string, Record<string, never>>> | undefined;
  object(name: string): JsonObject | undefined;
  objects(name: string, maxCount: number): readonly JsonObject[] | undefined;
}

/**
 * `known` are all the fields the document's kind has. A key that differs from one of them in case only is refused, because a
 * reader in Go would take it for that field and we would not.
 */
export function readFields(
  value: JsonValue | undefined,
  path: string,
  { known, refuse }: { readonly known: readonly string[]; readonly refuse: Refuse },
): Fields {
  if (!isJsonObject(value)) throw refuse(`${path || "it"} is not an object`);
  const folded = new Map(known.map((name) => [foldKey(name), name]));
  for (const key of Object.keys(value)) {
    const meant = folded.get(foldKey(key));
    if (meant !== undefined && meant !== key)
      throw refuse(`the key ${JSON.stringify(key)} should be ${meant}`);
  }
  const wrong = (name: string, wanted: string): TsbuildError =>
    refuse(`${path ? `${path}.` : ""}${name} is not ${wanted}`);
  const typed = <Type extends JsonValue>(
    name: string,
    wanted: string,
    is: (field: JsonValue) => field is Type,
  ): Type | undefined => {
    const field = value[name] ?? undefined;
    if (field === undefined) return undefined;
    if (!is(field)) throw wrong(name, wanted);
    return field;
  };
  const required = <Type>(name: string, field: Type | undefined): Type => {
    if (field === undefined) throw wrong(name, "there");
    return field;
  };
  const string = (name: string): string | undefined => typed(name, "a string", isString);
  const count = (name: string): number | undefined => typed(name, "a whole number", isCount);
  const object = (name: string): JsonObject | undefined => typed(name, "an object", isJsonObject);
  return {
    string,
    requiredString: (name) => required(name, string(name)),
    count,
    requiredCount: (name) => required(name, count(name)),
    integer: (name) => typed(name, "an integer", isInteger),
    boolean: (name) => typed(name, "true or false", isBoolean),
    strings: (name) => typed(name, "a list of strings", isStrings),
    stringMap: (name) => typed(name, "a map of strings", isStringMap),
    keySet(name) {
      const map = object(name);
      return map && Object.fromEntries(Object.keys(map).map((key) => [key, {}]));
    },
    object,
    objects(name, maxCount) {
      const list = typed(name, "a list of objects", isObjects);
      if (list && list.length > maxCount) throw wrong(name, `a list of at most ${maxCount}`);
      return list;
    },
  };
}

function isString(field: JsonValue): field is string {
  return typeof field === "string";
}

function isBoolean(field: JsonValue): field is boolean {
  return typeof field === "boolean";
}

function isInteger(field: JsonValue): field is number {
  return typeof field === "number" && Number.isInteger(field);
}

function isCount(field: JsonValue): field is number {
  return isInteger(field) && field >= 0;
}

function isStrings(field: JsonValue): field is readonly string[] {
  return Array.isArray(field) && field.every((item: JsonValue) => typeof item === "string");
}

function isStringMap(field: JsonValue): field is Readonly<Record<string, string>> {
  return isJsonObject(field) && Object.values(field).every((item) => typeof item === "string");
}

function isObjects(field: JsonValue): field is readonly JsonObject[] {
  return Array.isArray(field) && field.every((item: JsonValue) => isJsonObject(item));
}
