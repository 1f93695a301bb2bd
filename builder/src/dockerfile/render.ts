import type { SourceLocation, TsbuildError } from "@tsbuild/runner-native";
import type { Source } from "./scan/lines.ts";
import { problemsOf } from "./stages.ts";

/** Lines shown before and after the marked ones. */
const contextLines = 2;

/** Of a longer instruction only the beginning and the end are shown. */
const maxMarkedLines = 16;

/** Longer lines are cut around the caret. */
const maxColumns = 160;

/** Problems that one error reports together and that are shown. */
const maxProblems = 10;

/** An error for people: `file:line:column: sentence`, the lines around it with a caret, and the hint. */
export function renderError(error: TsbuildError, source: Source | undefined): string {
  const problems = problemsOf(error);
  const shown = problems.slice(0, maxProblems).map((problem) => renderOne(problem, source));
  if (problems.length > maxProblems) shown.push(`… and ${problems.length - maxProblems} more problems`);
  return shown.join("\n\n");
}

function renderOne(error: TsbuildError, source: Source | undefined): string {
  const { location, hint } = error;
  const place = location === undefined ? "" : `${location.file}:${location.line}:${location.column}: `;
  const lines = [visible(`${place}${error.message}`)];
  if (location !== undefined && source !== undefined && source.file === location.file)
    lines.push(renderExcerpt(source, location));
  if (hint !== undefined && hint !== "") lines.push(visible(`hint: ${hint}`));
  return lines.join("\n");
}

/** The lines of a place with their numbers, `>>>` before those that are meant, and a caret line under a token. */
export function renderExcerpt(source: Source, location: SourceLocation): string {
  const lines = source.text
    .replace(/^\ufeff/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  const start = Math.min(Math.max(1, location.line), lines.length);
  const end = Math.min(Math.max(start, location.endLine ?? start), lines.length);
  const first = Math.max(1, start - contextLines);
  const last = Math.min(lastLine(lines), Math.max(end, Math.min(lines.length, end + contextLines)));
  const width = String(last).length;
  const rendered: string[] = [];
  for (let number = first; number <= Math.max(last, end); number++) {
    if (isHidden(number, start, end)) {
      rendered.push(`${"".padStart(width + 1)} | >>> …`);
      number = end - maxMarkedLines / 2;
      continue;
    }
    const isMarked = number >= start && number <= end;
    const { text, from } = cut(lines[number - 1] ?? "", number === start ? location.column : 1);
    rendered.push(
      `${String(number).padStart(width + 1)} | ${isMarked ? ">>>" : "   "} ${visible(text)}`.trimEnd(),
    );
    const caret = number === start && start === end ? caretLine(text, location, from) : "";
    if (caret !== "") rendered.push(`${"".padStart(width + 1)} |     ${caret}`);
  }
  return rendered.join("\n");
}

/** A newline at the end of the file makes no line of its own. */
function lastLine(lines: readonly string[]): number {
  return lines.at(-1) === "" ? Math.max(1, lines.length - 1) : lines.length;
}

function isHidden(number: number, start: number, end: number): boolean {
  if (end - start < maxMarkedLines) return false;
  return number >= start + maxMarkedLines / 2 && number <= end - maxMarkedLines / 2;
}

/** A line, cut so that the column can be seen; `from` columns are cut off in front. */
function cut(line: string, column: number): { readonly text: string; readonly from: number } {
  if (line.length <= maxColumns) return { text: line, from: 0 };
  const from = column - 1 < maxColumns - 20 ? 0 : column - 1 - maxColumns / 2;
  return { text: line.slice(from, from + maxColumns), from };
}

function caretLine(text: string, location: SourceLocation, from: number): string {
  const start = location.column - 1 - from;
  if (start < 0 || start > text.length || location.endColumn === undefined) return "";
  const end = Math.min(Math.max(location.endColumn - 1 - from, start + 1), Math.max(text.length, start + 1));
  // Tabs stay tabs, so that the caret stands where the terminal shows the character.
  const indent = text.slice(0, start).replace(/[^\t]/gu, " ");
  return `${indent}^${"~".repeat(Math.max(0, Array.from(text.slice(start, end)).length - 1))}`;
}

/** Text from a file must not move the cursor of a terminal. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
