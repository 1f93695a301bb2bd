import type { TsbuildError } from "@tsbuild/runner-native";
import { type Directive, readDirectives } from "./directives.ts";
import type { EscapeCharacter } from "../expand/expand.ts";
import { type Heredoc, type HeredocOpening, heredocsOf } from "./heredoc.ts";
import { readJsonForm } from "../values/json-form.ts";
import { maxProblems } from "../../limits.ts";
import { type Line, type Source, splitLines } from "./lines.ts";
import { dockerfileError, lineRange, rangeOf, type Segment, type SourceRange, type Token } from "../place.ts";
import { isWordGap, skipSpaces, trimmedEnd } from "./whitespace.ts";
import { splitFlags } from "./words.ts";

/** One instruction as it stands in the file, its words not yet understood. */
export interface ScannedInstruction {
  /** As written, e.g. `Run`. */
  readonly keyword: Token;
  readonly flags: readonly Token[];
  /** What follows keyword and flags, white space trimmed. */
  readonly rest: Token;
  /** The joined lines: continuations and comments gone, heredoc bodies not included. */
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Where it is shown when it does not stand in the file itself: a trigger at the FROM that pulled it in. */
  readonly shownAt?: SourceRange;
  /** All lines, heredocs included. */
  readonly startLine: number;
  readonly endLine: number;
  /** The comment lines above it, without `#`. */
  readonly comments: readonly string[];
  readonly heredocs: readonly Heredoc[];
  /** Set when a blank line stood inside a continuation. */
  readonly hasEmptyContinuation: boolean;
}

/** A Dockerfile cut into instructions, nothing understood yet. */
export interface ScannedFile {
  readonly source: Source;
  readonly escape: EscapeCharacter;
  readonly directives: readonly Directive[];
  readonly instructions: readonly ScannedInstruction[];
  /** Problems with a place; the instructions that have one are left out. */
  readonly problems: readonly TsbuildError[];
}

/**
 * Reads a Dockerfile into instructions, in one pass and in time linear in its size.
 * @throws DOCKERFILE_INVALID for what makes the rest unreadable: a line too long, a bad directive.
 */
export function scan(source: Source): ScannedFile {
  const lines = splitLines(source);
  const directives = readDirectives(source, lines);
  const at = directives.all.length;
  const state: State = { source, lines, escape: directives.escape, at, comments: [] };
  const instructions: ScannedInstruction[] = [];
  const problems: TsbuildError[] = [];
  while (state.at < lines.length && problems.length < maxProblems) {
    const joined = joinLine(state);
    if (joined === undefined) continue;
    const read = readInstruction(state, joined);
    state.comments = [];
    if (read.kind === "problem") problems.push(read.problem);
    else instructions.push(read.instruction);
  }
  if (instructions.length === 0 && problems.length === 0) problems.push(emptyFile(state));
  return { source, escape: directives.escape, directives: directives.all, instructions, problems };
}

interface State {
  readonly source: Source;
  readonly lines: readonly Line[];
  readonly escape: EscapeCharacter;
  at: number;
  comments: string[];
}

interface JoinedLine {
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly startLine: number;
  readonly hasEmptyContinuation: boolean;
}

/** Joins a line with its continuations; undefined for a blank line or a comment. */
function joinLine(state: State): JoinedLine | undefined {
  const first = state.lines[state.at++]?.text ?? "";
  const startLine = state.at;
  if (isComment(first)) {
    rememberComment(state, first);
    return undefined;
  }
  const indent = skipSpaces(first, 0);
  let { piece, continues } = withoutContinuation(first.slice(indent), state.escape);
  if (piece === "" && !continues) return undefined;
  const pieces = [piece];
  const segments: Segment[] = [{ offset: 0, line: startLine, column: indent + 1 }];
  let length = piece.length;
  let hasEmptyContinuation = false;
  while (continues && state.at < state.lines.length) {
    const line = state.lines[state.at++]?.text ?? "";
    if (isComment(line)) continue;
    if (skipSpaces(line, 0) === line.length) {
      hasEmptyContinuation = true;
      continue;
    }
    ({ piece, continues } = withoutContinuation(line, state.escape));
    segments.push({ offset: length, line: state.at, column: 1 });
    pieces.push(piece);
    length += piece.length;
  }
  return { text: pieces.join(""), segments, startLine, hasEmptyContinuation };
}

function isComment(line: string): boolean {
  return line.charAt(skipSpaces(line, 0)) === "#";
}

/** Comments above an instruction describe it; an empty one starts anew. The first character goes, whatever it is. */
function rememberComment(state: State, line: string): void {
  const start = skipSpaces(line, 1);
  const comment = line.slice(start, trimmedEnd(line, start, line.length));
  if (comment === "") state.comments = [];
  else state.comments.push(comment);
}

/** A line ends in a continuation when one escape character, not escaped itself, stands before blanks at its end. */
export function withoutContinuation(
  line: string,
  escape: EscapeCharacter,
): { readonly piece: string; readonly continues: boolean } {
  let end = line.length;
  while (end > 0 && (line.charAt(end - 1) === " " || line.charAt(end - 1) === "\t")) end--;
  const isEscape = line.charAt(end - 1) === escape && line.charAt(end - 2) !== escape;
  return isEscape ? { piece: line.slice(0, end - 1), continues: true } : { piece: line, continues: false };
}

type Read =
  | { readonly kind: "instruction"; readonly instruction: ScannedInstruction }
  | { readonly kind: "problem"; readonly problem: TsbuildError };

function readInstruction(state: State, joined: JoinedLine): Read {
  const split = splitInstruction(joined.text, state.escape);
  const at = { file: state.source.file, range: rangeOf(joined.segments, 0, joined.text.length) };
  try {
    const openings = canHoldHeredocs(split, state.escape) ? heredocsOf(joined.text) : [];
    const heredocs = openings.map((opening) => readBody(state, opening, at));
    return {
      kind: "instruction",
      instruction: { ...joined, ...split, endLine: state.at, comments: state.comments, heredocs },
    };
  } catch (error) {
    const problem = error as TsbuildError;
    if (problem.code === "DOCKERFILE_INVALID") return { kind: "problem", problem };
    if (problem.code === "EXPANSION_INVALID")
      return { kind: "problem", problem: dockerfileError(problem.message, at) };
    throw error;
  }
}

export interface SplitInstruction {
  readonly keyword: Token;
  readonly flags: readonly Token[];
  readonly rest: Token;
}

/** Splits a joined line (or the part behind ONBUILD, which starts at `offset`) into keyword, flags and rest. */
export function splitInstruction(text: string, escape: EscapeCharacter, offset = 0): SplitInstruction {
  const start = skipSpaces(text, offset);
  const end = trimmedEnd(text, start, text.length);
  let keywordEnd = start;
  while (keywordEnd < end && !isWordGap(text.charAt(keywordEnd))) keywordEnd++;
  let argumentsStart = keywordEnd;
  while (argumentsStart < end && isWordGap(text.charAt(argumentsStart))) argumentsStart++;
  const { flags, rest } = splitFlags(tokenOf(text, argumentsStart, end), escape);
  const restStart = skipSpaces(text, rest.start);
  const restEnd = trimmedEnd(text, Math.min(restStart, end), end);
  return {
    keyword: tokenOf(text, start, keywordEnd),
    flags,
    rest: tokenOf(text, Math.min(restStart, end), restEnd),
  };
}

function tokenOf(text: string, start: number, end: number): Token {
  return { text: text.slice(start, end), start, end };
}

const heredocKeywords: ReadonlySet<string> = new Set(["RUN", "COPY", "ADD"]);

/** RUN, COPY and ADD, also behind one ONBUILD, unless they are in JSON form. */
function canHoldHeredocs(split: SplitInstruction, escape: EscapeCharacter): boolean {
  let inner = split;
  if (inner.keyword.text.toUpperCase() === "ONBUILD") inner = splitInstruction(inner.rest.text, escape);
  if (!heredocKeywords.has(inner.keyword.text.toUpperCase())) return false;
  return readJsonForm(inner.rest.text).kind === "text";
}

function readBody(
  state: State,
  opening: HeredocOpening,
  at: { readonly file: string; readonly range: SourceRange },
): Heredoc {
  const start = state.at;
  while (state.at < state.lines.length) {
    const line = state.lines[state.at++]?.text ?? "";
    if ((opening.chomp ? line.replace(/^\t+/, "") : line) !== opening.name) continue;
    const body = state.lines.slice(start, state.at - 1);
    return { ...opening, content: body.map(({ raw }) => raw).join("") };
  }
  throw dockerfileError("unterminated heredoc", at, {
    hint: `a line with nothing but ${opening.name} must end it`,
  });
}

function emptyFile(state: State): TsbuildError {
  const sentence = state.source.text === "" ? "the Dockerfile cannot be empty" : "file with no instructions";
  return dockerfileError(
    sentence,
    { file: state.source.file, range: lineRange(Math.max(1, state.lines.length)) },
    { hint: "a Dockerfile starts with FROM" },
  );
}
