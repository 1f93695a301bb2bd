import { bytesFromText } from "@tsbuild/runner-native";
import { cleanPath } from "../values/clean-path.ts";
import { trimSpace } from "../scan/whitespace.ts";

/**
 * The patterns of a .dockerignore: comments and blank lines gone, each pattern clean and relative, `!` kept.
 * Patterns are byte strings, so that names which are not UTF-8 can be ignored too.
 */
export function parseIgnoreFile(content: Uint8Array | string): readonly string[] {
  const bytes =
    typeof content === "string" ? bytesFromText(content) : Buffer.from(content).toString("latin1");
  const text = bytes.startsWith("\xef\xbb\xbf") ? bytes.slice(3) : bytes;
  return text.split("\n").flatMap((line) => patternOf(line) ?? []);
}

function patternOf(line: string): string | undefined {
  if (line.startsWith("#")) return undefined;
  const trimmed = trimBytes(line);
  if (trimmed === "") return undefined;
  const isInverted = trimmed.startsWith("!");
  const rest = isInverted ? trimBytes(trimmed.slice(1)) : trimmed;
  const clean = rest === "" ? "" : cleanPath(rest);
  const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
  return isInverted ? `!${relative}` : relative;
}

/** Trims white space of a byte string that holds UTF-8, and leaves bytes that are none alone. */
export function trimBytes(bytes: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(bytes)) return trimSpace(bytes);
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  if (bytesFromText(text) !== bytes) return bytes.replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, "");
  return bytesFromText(trimSpace(text));
}
