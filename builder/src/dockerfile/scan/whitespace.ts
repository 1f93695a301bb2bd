/**
 * White space as BuildKit's language sees it (Unicode White_Space): not the same set as JavaScript's `\s`,
 * which has U+FEFF and lacks U+0085.
 */
const spaces: ReadonlySet<string> = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);

export function isSpace(character: string): boolean {
  return spaces.has(character);
}

/** The index of the first character at or after `from` that is no white space. */
export function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charAt(at))) at++;
  return at;
}

/** The index after the last character before `end` that is no white space, not below `start`. */
export function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text.charAt(at - 1))) at--;
  return at;
}

export function trimSpace(text: string): string {
  const start = skipSpaces(text, 0);
  return text.slice(start, trimmedEnd(text, start, text.length));
}

/** The white space between words of a line: tab, vertical tab, form feed, carriage return, space and no other. */
export function isWordGap(character: string): boolean {
  return (
    character === " " || character === "\t" || character === "\v" || character === "\f" || character === "\r"
  );
}
