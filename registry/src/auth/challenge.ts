/** One way to authenticate that a registry offers (RFC 9110 §11.6.1). Names are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads a WWW-Authenticate header, several challenges in one included. What is malformed ends the list; never throws. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = skip(header, 0, separators);
  while (at < header.length) {
    const scheme = tokenAt(header, at);
    if (scheme === "") break;
    at = skip(header, at + scheme.length, blanks);
    const parameters = new Map<string, string>();
    at = readParameters(header, at, parameters);
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    at = skip(header, at, separators);
  }
  return challenges;
}

const blanks = " \t";
const separators = " \t,";

/** Reads `name=value` until something else comes, which is the next scheme; gives where that is. */
function readParameters(header: string, start: number, parameters: Map<string, string>): number {
  let at = skipOpaque(header, start);
  for (;;) {
    const name = tokenAt(header, at);
    const equals = skip(header, at + name.length, blanks);
    if (name === "" || header[equals] !== "=") return at;
    const value = valueAt(header, skip(header, equals + 1, blanks));
    // The first of equal names counts, so that nothing appended can override it.
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value.text);
    at = skip(header, value.end, separators);
  }
}

/** `Negotiate dG9rZW4=`: a scheme may have one opaque word instead (RFC 9110 §11.2 "token68"), which we pass over. */
function skipOpaque(header: string, start: number): number {
  const word = tokenAt(header, start, "/");
  const end = skip(header, skip(header, start + word.length, "="), blanks);
  return word !== "" && (end >= header.length || header[end] === ",") ? skip(header, end, separators) : start;
}

function valueAt(header: string, start: number): { readonly text: string; readonly end: number } {
  if (header[start] !== '"') {
    const text = tokenAt(header, start, ":/?&%@");
    return { text, end: start + text.length };
  }
  let text = "";
  let at = start + 1;
  while (at < header.length && header[at] !== '"') {
    if (header[at] === "\\") at += 1;
    text += header.charAt(at);
    at += 1;
  }
  return { text, end: at + 1 };
}

/** RFC 9110 §5.6.2 "token"; unquoted values with a few more characters are seen in the wild. */
function tokenAt(header: string, start: number, alsoAllowed = ""): string {
  let end = start;
  while (
    end < header.length &&
    (isTokenChar(header.charCodeAt(end)) || alsoAllowed.includes(header.charAt(end)))
  )
    end += 1;
  return header.slice(start, end);
}

function isTokenChar(code: number): boolean {
  return code > 0x20 && code < 0x7f && !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(code));
}

function skip(header: string, start: number, characters: string): number {
  let at = start;
  while (at < header.length && characters.includes(header.charAt(at))) at += 1;
  return at;
}
