/** Says whether one character, by its code point, is meant. */
export type CharacterTest = (code: number) => boolean;

const digit: CharacterTest = (code) => code >= 0x30 && code <= 0x39;
const lower: CharacterTest = (code) => code >= 0x61 && code <= 0x7a;
const upper: CharacterTest = (code) => code >= 0x41 && code <= 0x5a;
const alphabetic: CharacterTest = (code) => lower(code) || upper(code);
const word: CharacterTest = (code) => alphabetic(code) || digit(code) || code === 0x5f;
const space: CharacterTest = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b);

/** Letters that stand for many characters behind a backslash. */
const classes: ReadonlyMap<string, CharacterTest> = new Map([
  ["d", digit],
  ["D", (code) => !digit(code)],
  ["s", space],
  ["S", (code) => !space(code)],
  ["w", word],
  ["W", (code) => !word(code)],
]);

const controls: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["v", 0x0b],
]);

/** `[:name:]` inside a class. */
const named: ReadonlyMap<string, CharacterTest> = new Map([
  ["alnum", (code) => alphabetic(code) || digit(code)],
  ["alpha", alphabetic],
  ["ascii", (code) => code <= 0x7f],
  ["blank", (code) => code === 0x20 || code === 0x09],
  ["cntrl", (code) => code < 0x20 || code === 0x7f],
  ["digit", digit],
  ["graph", (code) => code > 0x20 && code < 0x7f],
  ["lower", lower],
  ["print", (code) => code >= 0x20 && code < 0x7f],
  ["punct", (code) => code > 0x20 && code < 0x7f && !alphabetic(code) && !digit(code)],
  ["space", (code) => space(code) || code === 0x0b],
  ["upper", upper],
  ["word", word],
  ["xdigit", (code) => digit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)],
]);

interface ReadTest {
  readonly test: CharacterTest;
  /** The character itself, when it is one. */
  readonly single: number | undefined;
  readonly end: number;
}

/**
 * What stands behind a backslash: punctuation means itself, some letters mean a class or a control character.
 * @throws RangeError on any other letter, digit or character beyond ASCII.
 */
export function readEscape(codes: readonly number[], at: number): ReadTest {
  const code = codes[at] ?? 0;
  const letter = code < 0x80 ? String.fromCharCode(code) : "";
  const many = classes.get(letter);
  if (many !== undefined) return { test: many, single: undefined, end: at + 1 };
  const control = controls.get(letter);
  if (control === undefined && (letter === "" || /[0-9A-Za-z]/.test(letter)))
    throw new RangeError("a backslash before a letter, a digit or a character beyond ASCII");
  const single = control ?? code;
  return { test: (given) => given === single, single, end: at + 1 };
}

/**
 * A class, from behind its `[` to behind its `]`. A negated one matches a slash and a newline too.
 * @throws RangeError when it does not end or a range runs backwards.
 */
export function readClass(
  codes: readonly number[],
  start: number,
): { readonly test: CharacterTest; readonly end: number } {
  const isNegated = codes[start] === 0x5e;
  const tests: CharacterTest[] = [];
  let at = isNegated ? start + 1 : start;
  while (codes[at] !== 0x5d || tests.length === 0) {
    const read = readMember(codes, at);
    at = read.end;
    if (codes[at] !== 0x2d || codes[at + 1] === 0x5d || read.single === undefined) {
      tests.push(read.test);
      continue;
    }
    const high = readMember(codes, at + 1);
    const { single: low } = read;
    const top = high.single;
    if (top === undefined || top < low) throw new RangeError("a range that runs backwards");
    tests.push((code) => code >= low && code <= top);
    at = high.end;
  }
  const isMember: CharacterTest = (code) => tests.some((test) => test(code));
  return { test: isNegated ? (code) => !isMember(code) : isMember, end: at + 1 };
}

function readMember(codes: readonly number[], at: number): ReadTest {
  const code = codes[at];
  if (code === undefined) throw new RangeError("a [ without its ]");
  if (code === 0x5c) {
    if (at + 1 >= codes.length) throw new RangeError("a backslash at the end");
    return readEscape(codes, at + 1);
  }
  if (code === 0x5b && codes[at + 1] === 0x3a) {
    const found = readNamed(codes, at + 2);
    if (found !== undefined) return found;
  }
  return { test: (given) => given === code, single: code, end: at + 1 };
}

function readNamed(codes: readonly number[], start: number): ReadTest | undefined {
  const end = codes.findIndex((code, index) => index >= start && code === 0x3a && codes[index + 1] === 0x5d);
  if (end < 0) return undefined;
  const text = String.fromCodePoint(...codes.slice(start, end).map((code) => Math.min(code, 0x10ffff)));
  const isNegated = text.startsWith("^");
  const test = named.get(isNegated ? text.slice(1) : text);
  if (test === undefined) throw new RangeError("an unknown class name");
  return { test: isNegated ? (code) => !test(code) : test, single: undefined, end: end + 2 };
}
