import { maxLineBytes } from "../limits.ts";
import type { EscapeCharacter } from "./expand/expand.ts";
import { type ScannedFile, type ScannedInstruction, withoutContinuation } from "./scan/scan.ts";
import { skipSpaces } from "./scan/whitespace.ts";

/** A Dockerfile in plain form: one line for each instruction, comments that describe it above, heredocs below. */
export function printDockerfile(file: Pick<ScannedFile, "directives" | "escape" | "instructions">): string {
  const directives = file.directives.map(
    ({ name, value, isIndented }) => (isIndented ? " " : "") + comment(`${name}=${value}`),
  );
  const instructions = file.instructions.map((instruction) => printInstruction(instruction, file.escape));
  // The blank line keeps a comment at the top from being read as a directive.
  return `${directives.join("")}\n${instructions.join("")}`;
}

function printInstruction(instruction: ScannedInstruction, escape: EscapeCharacter): string {
  const { comments, text, heredocs } = instruction;
  // Blanks at the end stay: a trigger keeps them, and behind an escape character they keep it from joining lines.
  const line = isTooLong(text) ? brokenLine(instruction, escape) : wholeLine(text, escape);
  const bodies = heredocs.map(({ name, content }) => `${content}${name}\n`);
  return `${comments.map(comment).join("")}${line}\n${bodies.join("")}`;
}

/**
 * At the end of a file an escape character may stand behind a carriage return or another one: without it they would be
 * read as the end of a line that goes on.
 */
function wholeLine(text: string, escape: EscapeCharacter): string {
  const isOpen = text.endsWith("\r") || withoutContinuation(text, escape).continues;
  return text.slice(skipSpaces(text, 0)) + (isOpen ? escape : "");
}

function comment(text: string): string {
  return isTooLong(`# ${text}`) ? `#${text}\n` : `# ${text}\n`;
}

function isTooLong(line: string): boolean {
  return line.length * 3 >= maxLineBytes && Buffer.byteLength(line) >= maxLineBytes;
}

/** What no single line may hold keeps the breaks it was written with, up to the last line that says something. */
function brokenLine({ text, segments }: ScannedInstruction, escape: EscapeCharacter): string {
  const pieces = segments.map(({ offset }, index) => text.slice(offset, segments[index + 1]?.offset));
  const last = pieces.findLastIndex((piece) => skipSpaces(piece, 0) < piece.length);
  return pieces.slice(0, last + 1).join(`${escape}\n`);
}
