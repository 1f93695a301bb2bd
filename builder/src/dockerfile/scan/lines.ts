import { builderError } from "../../errors.ts";
import { maxDockerfileBytes, maxLineBytes } from "../../limits.ts";
import { dockerfileError, lineRange } from "../place.ts";

/** A Dockerfile's text and the name it is shown under. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** One physical line. */
export interface Line {
  /** With its newline. */
  readonly raw: string;
  /** Without the carriage returns and the newline at its end. */
  readonly text: string;
}

/**
 * The text of a Dockerfile from its bytes. Bytes that are not UTF-8 become U+FFFD, as in BuildKit's word expansion.
 * @throws DOCKERFILE_INVALID when it is too large.
 */
export function readSource(file: string, bytes: Uint8Array | string): Source {
  const size = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.byteLength;
  if (size >= maxDockerfileBytes)
    throw builderError(
      "DOCKERFILE_INVALID",
      `the Dockerfile has ${size} bytes; it must stay below ${maxDockerfileBytes}`,
      { hint: "move long scripts and data into files and COPY them", location: { file, line: 1, column: 1 } },
    );
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
  return { file, text: text.toWellFormed() };
}

/**
 * Splits at newlines; a carriage return alone is no line end. The byte-order mark goes.
 * @throws DOCKERFILE_INVALID on a line that is too long.
 */
export function splitLines(source: Source): readonly Line[] {
  const text = source.text.startsWith("\ufeff") ? source.text.slice(1) : source.text;
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    const raw = text.slice(start, end);
    if (raw.length * 3 > maxLineBytes) refuseLongLine(source, raw, lines.length + 1);
    lines.push({ raw, text: withoutLineEnd(raw) });
    start = end;
  }
  return lines;
}

function withoutLineEnd(raw: string): string {
  let end = raw.length;
  while (end > 0 && (raw.charAt(end - 1) === "\n" || raw.charAt(end - 1) === "\r")) end--;
  return raw.slice(0, end);
}

function refuseLongLine(source: Source, raw: string, line: number): void {
  const bytes = Buffer.byteLength(raw) - (raw.endsWith("\n") ? 1 : 0);
  if (bytes < maxLineBytes) return;
  throw dockerfileError(
    `dockerfile line greater than max allowed size of ${maxLineBytes - 1}`,
    { file: source.file, range: lineRange(line) },
    { hint: "break the line with a continuation, or move its content into a file" },
  );
}
