import { skipSpaces } from "../scan/whitespace.ts";

export type JsonForm =
  /** An exec form. */
  | { readonly kind: "strings"; readonly strings: readonly string[] }
  /** Valid JSON with something else than strings in it: an error. */
  | { readonly kind: "not-strings" }
  /** Anything else: it is taken as text. */
  | { readonly kind: "text" };

const blanksOfJson: ReadonlySet<string> = new Set(" \t\r\n");

/** Reads `["a", "b"]`. */
export function readJsonForm(text: string): JsonForm {
  const start = skipSpaces(text, 0);
  // Most shell forms that look like JSON at first do not at last: asking the parser costs an exception.
  let end = text.length;
  while (end > start && blanksOfJson.has(text.charAt(end - 1))) end--;
  if (text.charAt(start) !== "[" || text.charAt(end - 1) !== "]") return { kind: "text" };
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start));
  } catch {
    // Not JSON: BuildKit takes it for the shell form, and so do we.
    return { kind: "text" };
  }
  if (!Array.isArray(value)) return { kind: "text" };
  if (value.some(hasHugeNumber)) return { kind: "text" };
  const strings = value.filter((item) => typeof item === "string");
  if (strings.length !== value.length) return { kind: "not-strings" };
  return { kind: "strings", strings: strings.map((item) => item.toWellFormed()) };
}

/** Go refuses a number that no float64 holds as it refuses bad JSON; JavaScript reads it as infinite. */
function hasHugeNumber(item: unknown): boolean {
  return typeof item === "number" && !Number.isFinite(item);
}
