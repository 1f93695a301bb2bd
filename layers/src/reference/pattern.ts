import { familiarForm, familiarName, type Reference } from "./reference.ts";

/**
 * Whether a shell pattern names this image, as docker's `images PATTERN`: `*`, `?`, `[a-z]` and `\`, none of which
 * matches a slash; against the familiar form, with and without its tag. A malformed pattern matches nothing.
 */
export function matchesFamiliar(pattern: string, reference: Reference): boolean {
  return matchPath(pattern, familiarForm(reference)) || matchPath(pattern, familiarName(reference));
}

/** Segment by segment: no wildcard crosses a slash, so each is matched on its own. */
function matchPath(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length && patterns.every((one, at) => matchSegment(one, segments[at] ?? ""))
  );
}

/** Greedy with one place to return to: the last star is enough, so at most pattern × text steps. */
function matchSegment(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at;
      retry = from;
      at += 1;
      continue;
    }
    const end = matchOne(pattern, at, text.charAt(from));
    if (end !== undefined) {
      at = end;
      from += 1;
    } else if (star >= 0) {
      retry += 1;
      from = retry;
      at = star + 1;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** Where the pattern goes on after one character was matched, or undefined. */
function matchOne(pattern: string, at: number, character: string): number | undefined {
  const first = pattern[at];
  if (first === "?") return at + 1;
  if (first === "[") return matchClass(pattern, at + 1, character);
  if (first === "\\") return pattern[at + 1] === character ? at + 2 : undefined;
  return first === character ? at + 1 : undefined;
}

function matchClass(pattern: string, start: number, character: string): number | undefined {
  const isNegated = pattern[start] === "^";
  let at = isNegated ? start + 1 : start;
  let isMatched = false;
  for (let first = true; first || pattern[at] !== "]"; first = false) {
    const low = classCharacter(pattern, at);
    if (low === undefined) return undefined;
    const high = pattern[low.end] === "-" ? classCharacter(pattern, low.end + 1) : low;
    if (high === undefined) return undefined;
    if (low.value <= character && character <= high.value) isMatched = true;
    at = high.end;
  }
  return isMatched === isNegated ? undefined : at + 1;
}

/** One character of a class, perhaps escaped; a bare "-" or "]" is malformed. */
function classCharacter(pattern: string, at: number): { value: string; end: number } | undefined {
  const first = pattern[at];
  if (first === undefined || first === "-" || first === "]") return undefined;
  if (first !== "\\") return { value: first, end: at + 1 };
  const escaped = pattern[at + 1];
  return escaped === undefined ? undefined : { value: escaped, end: at + 2 };
}
