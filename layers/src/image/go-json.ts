/** What Go's encoding/json escapes beyond JSON: HTML's characters, and the line ends of JavaScript. */
const escapedByGo = /[<>&\u2028\u2029]/g;

/**
 * Writes JSON byte for byte as Go's encoder does for the same fields in the same order; `indent` as json.MarshalIndent.
 * The order of keys is the caller's: struct fields in the order of the struct, maps with `sortKeys`.
 */
export function goJson(value: unknown, indent = ""): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(
    escapedByGo,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A copy with its keys in byte order, as Go writes maps; undefined stays undefined. */
export function sortKeys<Value>(
  map: Readonly<Record<string, Value>> | undefined,
): Record<string, Value> | undefined {
  if (!map) return undefined;
  const sorted: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const key of Object.keys(map).sort(compareBytes)) sorted[key] = map[key] as Value;
  return sorted;
}

const surrogate = /[\ud800-\udfff]/;

/** The order of Go's strings. JavaScript compares UTF-16 units, which puts astral characters before U+E000. */
export function compareBytes(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}
