import type { EscapeCharacter } from "../expand/expand.ts";
import type { Line, Source } from "./lines.ts";
import { dockerfileError, lineRange } from "../place.ts";
import { skipSpaces } from "./whitespace.ts";

/** `# key=value` at the top of a Dockerfile. */
export interface Directive {
  readonly name: "syntax" | "escape" | "check";
  readonly value: string;
  readonly line: number;
  /** Blanks stand in front of its comment sign. BuildKit does not look for `syntax` there. */
  readonly isIndented: boolean;
}

export interface Directives {
  readonly escape: EscapeCharacter;
  readonly all: readonly Directive[];
}

// Starting the lazy value at a character that is no blank keeps the match linear.
const directive = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;

/**
 * Reads the directives: the first line that is none ends them, be it blank, a comment or an instruction.
 * @throws DOCKERFILE_INVALID on a repeated key or an escape character that is neither `\` nor a backquote.
 */
export function readDirectives(source: Source, lines: readonly Line[]): Directives {
  const all: Directive[] = [];
  let escape: EscapeCharacter = "\\";
  for (const [index, line] of lines.entries()) {
    const found = parseDirective(line.text.slice(skipSpaces(line.text, 0)), "#", index + 1);
    if (found === undefined) break;
    const at = { file: source.file, range: { ...lineRange(found.line), endColumn: line.text.length + 1 } };
    if (all.some(({ name }) => name === found.name))
      throw dockerfileError(`only one ${found.name} parser directive can be used`, at, {
        hint: `remove one of the two "# ${found.name}=" lines`,
      });
    if (found.name === "escape") {
      if (found.value !== "\\" && found.value !== "`")
        throw dockerfileError(`invalid escape token '${found.value}' does not match \` or \\`, at, {
          hint: "write # escape=\\ or # escape=`",
        });
      escape = found.value;
    }
    all.push({ ...found, isIndented: !line.text.startsWith("#") });
  }
  return { escape, all };
}

/** One line as a directive behind a comment sign, or undefined. */
function parseDirective(text: string, sign: string, line: number): Directive | undefined {
  if (!text.startsWith(sign)) return undefined;
  const match = directive.exec(text.slice(skipSpaces(text, sign.length)));
  const name = match?.[1]?.toLowerCase();
  if (name !== "syntax" && name !== "escape" && name !== "check") return undefined;
  return { name, value: (match?.[2] ?? "").trimEnd(), line, isIndented: false };
}

/** Which frontend a file asks for. */
export interface SyntaxRequest {
  /** The image reference: the first word. */
  readonly reference: string;
  /** All of the value. */
  readonly commandLine: string;
  readonly line: number;
}

/**
 * Finds `# syntax=`, else `// syntax=`, else a JSON document with a "syntax" key; a first line `#!` is skipped.
 * Other builders' languages may start with these, so this reads files that are no Dockerfiles as well.
 */
export function detectSyntax(lines: readonly Line[]): SyntaxRequest | undefined {
  const first = lines[0]?.text.startsWith("#!") ? 1 : 0;
  for (const sign of ["#", "//"]) {
    const seen = new Set<string>();
    for (let index = first; index < lines.length; index++) {
      const found = parseDirective(lines[index]?.text ?? "", sign, index + 1);
      if (found === undefined || seen.has(found.name)) break;
      seen.add(found.name);
      if (found.name === "syntax")
        return {
          reference: found.value.split(" ", 1)[0] ?? "",
          commandLine: found.value,
          line: found.line,
        };
    }
  }
  return syntaxOfJson(lines, first);
}

function syntaxOfJson(lines: readonly Line[], first: number): SyntaxRequest | undefined {
  if (!lines[first]?.text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(
      lines
        .slice(first)
        .map(({ raw }) => raw)
        .join(""),
    );
    const syntax = (value as { readonly syntax?: unknown }).syntax;
    return typeof syntax === "string"
      ? { reference: syntax, commandLine: syntax, line: first + 1 }
      : undefined;
  } catch {
    // Not JSON: then it asks for no frontend.
    return undefined;
  }
}
