import { hash } from "node:crypto";

/** What goes into a key: plain data of any shape. */
export type FieldValue =
  | string
  | number
  | boolean
  | undefined
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/** The key of a step in the cache: 64 hex digits. Only this file makes one. */
export type CacheKey = string & { readonly __brand: "CacheKey" };

/**
 * The one maker of keys. Every value carries its type and its length, so that no two different values give the same bytes;
 * the order of an object's fields means nothing, the order of a list does.
 */
export function keyOf(value: FieldValue): CacheKey {
  // UTF-16 keeps every JavaScript string apart, also one that is not well-formed.
  return hash("sha256", Buffer.from(encode(value), "utf16le"), "hex") as CacheKey;
}

function encode(value: FieldValue): string {
  if (value === undefined) return "u";
  if (typeof value === "string") return `s${value.length}:${value}`;
  if (typeof value === "number") return `n${value};`;
  if (typeof value === "boolean") return value ? "t" : "f";
  return isList(value) ? encodeList(value) : encodeObject(value);
}

function isList(value: readonly FieldValue[] | object): value is readonly FieldValue[] {
  return Array.isArray(value);
}

function encodeList(values: readonly FieldValue[]): string {
  return `l${values.length}:${values.map(encode).join("")}`;
}

function encodeObject(object: { readonly [name: string]: FieldValue }): string {
  const names = Object.keys(object).sort();
  return `o${names.length}:${names.map((name) => encode(name) + encode(object[name])).join("")}`;
}
