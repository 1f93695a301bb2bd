import { maxPatternSteps } from "../../limits.ts";

/** One element of a pattern in `${v#p}`: only `*` and `?` are special (no brackets). */
export type PatternToken =
  | { readonly kind: "many" }
  | { readonly kind: "one" }
  | { readonly kind: "literal"; readonly character: string };

/**
 * Reads a pattern. `\*`, `\?` and `\\` are literal, `\}` and `\/` stand for the delimiters of `${}`.
 * @throws RangeError that says what is wrong.
 */
export function parseVariablePattern(pattern: string): readonly PatternToken[] {
  const characters = Array.from(pattern.startsWith("\ufeff") ? pattern.slice(1) : pattern);
  const tokens: PatternToken[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") tokens.push({ kind: "many" });
    else if (character === "?") tokens.push({ kind: "one" });
    else if (character === "\\") tokens.push({ kind: "literal", character: escapedAt(characters, ++at) });
    else tokens.push({ kind: "literal", character });
  }
  return tokens;
}

function escapedAt(characters: readonly string[], at: number): string {
  const character = characters[at];
  if (character === undefined) throw new RangeError("invalid escape '\\' at the end");
  if ("*?\\}/".includes(character)) return character;
  throw new RangeError(`invalid escape '\\${character}'`);
}

/** The pattern read from its end, escapes kept in front of what they escape. */
export function reversePattern(pattern: string): string {
  const characters = Array.from(pattern);
  const reversed: string[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const following = characters[at + 1];
    if (character !== "\\" || following === undefined) reversed.push(character);
    else {
      reversed.push(character + following);
      at++;
    }
  }
  return reversed.reverse().join("");
}

/** `${v#p}`, `${v##p}`, `${v%p}`, `${v%%p}`: the value without its matching start or end. */
export function trimMatch(
  value: string,
  pattern: string,
  { side, length }: { readonly side: "prefix" | "suffix"; readonly length: "shortest" | "longest" },
): string {
  const budget = { steps: maxPatternSteps };
  if (side === "prefix") {
    const characters = Array.from(value);
    const end = matchAt(characters, 0, segmentsOf(parseVariablePattern(pattern)), { length, budget });
    return end === undefined ? value : characters.slice(end).join("");
  }
  // The shortest end cannot be found from the left: both are read from the right instead.
  const characters = Array.from(value).reverse();
  const segments = segmentsOf(parseVariablePattern(reversePattern(pattern)));
  const end = matchAt(characters, 0, segments, { length, budget });
  return end === undefined ? value : characters.slice(end).reverse().join("");
}

/** `${v/p/r}` and `${v//p/r}`. Each match is the leftmost and there the longest. */
export function replaceMatches(
  value: string,
  pattern: string,
  { replacement, all }: { readonly replacement: string; readonly all: boolean },
): string {
  const characters = Array.from(value);
  const segments = segmentsOf(parseVariablePattern(pattern));
  const budget = { steps: maxPatternSteps };
  let result = "";
  let copied = 0;
  let lastEnd = -1;
  for (let at = 0; at <= characters.length; ) {
    const end = matchAt(characters, at, segments, { length: "longest", budget });
    // An empty match right behind the match before it does not count.
    if (end === undefined || (end === at && at === lastEnd)) {
      at++;
      continue;
    }
    const matched = characters.slice(at, end).join("");
    result += characters.slice(copied, at).join("") + (all ? filledIn(replacement, matched) : replacement);
    copied = end;
    if (!all) break;
    lastEnd = end;
    at = end > at ? end : at + 1;
  }
  return result + characters.slice(copied).join("");
}

/** `//` replacements know `$0` (the match) and `$$`; other `$name` are groups that no pattern here has. */
function filledIn(replacement: string, matched: string): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === "$$") return "$";
    return (bare ?? braced) === "0" ? matched : "";
  });
}

type Segment = readonly (string | undefined)[];

/** The stretches between `*`: `undefined` stands for `?`. The first is tied to the start. */
function segmentsOf(tokens: readonly PatternToken[]): readonly Segment[] {
  const segments: (string | undefined)[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "many") segments.push([]);
    else segments.at(-1)?.push(token.kind === "literal" ? token.character : undefined);
  }
  return segments;
}

interface MatchOptions {
  readonly length: "shortest" | "longest";
  readonly budget: { steps: number };
}

/**
 * The end of the match that starts at `start`. Taking each segment at its first place is enough: as `*` and `?`
 * match no newline, a later place of one segment never opens a place for the next that the first did not.
 */
function matchAt(
  characters: readonly string[],
  start: number,
  segments: readonly Segment[],
  { length, budget }: MatchOptions,
): number | undefined {
  const [head = [], ...rest] = segments;
  if (!fits(characters, start, head, budget)) return undefined;
  let end = start + head.length;
  for (const [index, segment] of rest.entries()) {
    const wanted = length === "longest" && index === rest.length - 1 ? "last" : "first";
    const found = placeOf(characters, { from: end, segment, wanted, budget });
    if (found === undefined) return undefined;
    end = found + segment.length;
  }
  return end;
}

/** Where a segment fits behind a `*` that starts at `from`. */
function placeOf(
  characters: readonly string[],
  options: {
    readonly from: number;
    readonly segment: Segment;
    readonly wanted: "first" | "last";
    readonly budget: { steps: number };
  },
): number | undefined {
  const { from, segment, wanted, budget } = options;
  let found: number | undefined;
  for (let at = from; at + segment.length <= characters.length; at++) {
    if (fits(characters, at, segment, budget)) {
      found = at;
      if (wanted === "first") break;
    }
    if (characters[at] === "\n") break;
  }
  return found;
}

function fits(
  characters: readonly string[],
  at: number,
  segment: Segment,
  budget: { steps: number },
): boolean {
  if (--budget.steps < 0) throw new RangeError("the pattern takes too long to match");
  if (at + segment.length > characters.length) return false;
  for (let index = 0; index < segment.length; index++) {
    budget.steps--;
    const wanted = segment[index];
    const found = characters[at + index];
    if (wanted === undefined ? found === "\n" : found !== wanted) return false;
  }
  return true;
}
