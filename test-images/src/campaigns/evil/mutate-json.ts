import type { Chance } from "../chance.ts";
import { mutateBytes } from "./mutate-tar.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const odd: readonly ((by: Chance) => Json)[] = [
  () => null,
  () => true,
  () => "",
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e300,
  () => 2 ** 53,
  () => "sha256:",
  () => `sha256:${"0".repeat(64)}`,
  () => `sha512:${"0".repeat(128)}`,
  () => "../../etc/passwd",
  () => "\u0000",
  () => "\ud800",
  () => "x".repeat(10_000),
  () => [],
  () => ({}),
  () => [[]],
  () => ({ "": "" }),
  (by) => nested(1 + by.below(3000)),
  (by) => Array.from({ length: by.below(5000) }, () => 0),
];

const oddKeys = ["__proto__", "constructor", "toString", "", "MediaType", "digest ", "\u212a"];

/** A document changed in one to three places, written as JSON; some are then damaged as bytes. */
export function mutateJson(original: unknown, by: Chance): Buffer {
  const document = structuredClone(original) as Json;
  for (let count = by.below(3); count >= 0; count--) changeSomewhere(document, by);
  const bytes = Buffer.from(JSON.stringify(document));
  return by.below(6) === 0 ? mutateBytes(bytes, by) : bytes;
}

/** Goes down at random and changes what it meets. */
function changeSomewhere(value: Json, by: Chance): void {
  if (value === null || typeof value !== "object") return;
  const keys = Object.keys(value);
  const key = keys[by.below(keys.length || 1)] ?? "0";
  const container = value as Record<string, Json>;
  const inner = container[key];
  if (inner !== null && typeof inner === "object" && Object.keys(inner).length > 0 && by.below(4) > 0) {
    changeSomewhere(inner, by);
    return;
  }
  switch (by.below(5)) {
    case 0:
      delete container[key];
      return;
    case 1:
      if (inner !== undefined) Object.defineProperty(container, by.pick(oddKeys), ownProperty(inner));
      return;
    case 2:
      if (Array.isArray(value) && inner !== undefined)
        for (let at = by.below(200); at > 0; at--) value.push(inner);
      return;
    default:
      container[key] = by.pick(odd)(by);
  }
}

/** An assignment to __proto__ would make none. */
function ownProperty(value: Json): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { a: value };
  return value;
}
