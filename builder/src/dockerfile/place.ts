import type { ErrorDetails, SourceLocation, TsbuildError } from "@tsbuild/runner-native";
import { builderError } from "../errors.ts";

/** A stretch of a Dockerfile; lines and columns count from 1, the end column is exclusive. */
export interface SourceRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where one piece of a joined line came from. */
export interface Segment {
  /** Offset in the joined text. */
  readonly offset: number;
  readonly line: number;
  /** Column of that offset. */
  readonly column: number;
}

/** A piece of an instruction's joined text, by its offsets. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Where a text stands in another one: the first place, else all of it. */
export function tokenIn(token: Token, text: string): Token {
  const at = text === "" ? -1 : token.text.indexOf(text);
  // Where quotes or escapes were taken out, offsets say nothing any more.
  if (at < 0 || token.end - token.start !== token.text.length) return token;
  return { text, start: token.start + at, end: token.start + at + text.length };
}

/** The place of `[start, end)` of a joined text. An end at a join belongs to the line before it. */
export function rangeOf(segments: readonly Segment[], start: number, end: number): SourceRange {
  const first = segmentAt(segments, start);
  const last = segmentAt(segments, Math.max(start, end - 1));
  return {
    startLine: first.line,
    startColumn: first.column + (start - first.offset),
    endLine: last.line,
    endColumn: last.column + (end - last.offset),
  };
}

function segmentAt(segments: readonly Segment[], offset: number): Segment {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return segments[low] ?? { offset: 0, line: 1, column: 1 };
}

export function locationOf(file: string, range: SourceRange): SourceLocation {
  return {
    file,
    line: range.startLine,
    column: range.startColumn,
    endLine: range.endLine,
    endColumn: range.endColumn,
  };
}

/** A whole physical line, where no token is known. */
export function lineRange(line: number): SourceRange {
  return { startLine: line, startColumn: 1, endLine: line, endColumn: 1 };
}

/** An error of the Dockerfile with its place. */
export function dockerfileError(
  sentence: string,
  at: { readonly file: string; readonly range: SourceRange },
  details: Omit<ErrorDetails, "location"> = {},
): TsbuildError {
  return builderError("DOCKERFILE_INVALID", sentence, {
    ...details,
    location: locationOf(at.file, at.range),
  });
}
