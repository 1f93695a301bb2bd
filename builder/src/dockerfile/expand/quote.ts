const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
]);

/** All but the printable characters of ASCII that stand for themselves. */
const unlikePrinted = /[^ !#-[\]-~]/gu;

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A text in double quotes as BuildKit prints it (Go's `%q`), in messages and in history. */
export function quote(text: string): string {
  // One replacement: a text put together by characters takes thirty times the memory.
  const quoted = text.replace(unlikePrinted, (character) => (character === '"' ? '\\"' : escaped(character)));
  return `"${quoted}"`;
}

/** `["a" "b"]`: a list as BuildKit prints it. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}

/** A number as a quoted character, which is what `%q` makes of it: the retries of a HEALTHCHECK in its history. */
export function quoteCharacter(code: number): string {
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  const character = valid ? String.fromCodePoint(code) : "\ufffd";
  return `'${character === "'" ? "\\'" : escaped(character)}'`;
}

function escaped(character: string): string {
  const short = shortEscapes.get(character);
  if (short !== undefined) return short;
  if (printable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}
