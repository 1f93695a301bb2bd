import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";
import { trimSpace } from "../scan/whitespace.ts";

/** What `# check=` asks for. */
export interface CheckOptions {
  readonly skip: ReadonlySet<string>;
  readonly skipAll: boolean;
  readonly experimental: ReadonlySet<string>;
  readonly experimentalAll: boolean;
  /** Warnings fail the build. */
  readonly error: boolean;
}

export const noCheckOptions: CheckOptions = {
  skip: new Set(),
  skipAll: false,
  experimental: new Set(),
  experimentalAll: false,
  error: false,
};

/**
 * Reads `skip=A,B;experimental=all;error=true`.
 * @throws Problem
 */
export function parseCheckOptions(text: string): CheckOptions {
  if (trimSpace(text) === "") return noCheckOptions;
  let options = noCheckOptions;
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    if (equals < 0) throw new Problem(`invalid check option ${quote(part)}`, { hint });
    const value = trimSpace(part.slice(equals + 1));
    const names = new Set(value.split(",").map(trimSpace));
    switch (trimSpace(part.slice(0, equals))) {
      case "skip":
        options = value === "all" ? { ...options, skipAll: true } : { ...options, skip: names };
        break;
      case "experimental":
        options =
          value === "all" ? { ...options, experimentalAll: true } : { ...options, experimental: names };
        break;
      case "error":
        options = { ...options, error: booleanOf(value) };
        break;
      default:
        throw new Problem(`invalid check option ${quote(part.slice(0, equals))}`, { hint });
    }
  }
  return options;
}

const hint = "write skip=Rule,Other;error=true";

function booleanOf(text: string): boolean {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw new Problem(`failed to parse check option ${quote(`error=${text}`)}`, { hint });
}

/** The options in the comments above an instruction, together: `# check=skip=Rule // why`. */
export function ownCheckOptions(comments: readonly string[]): CheckOptions {
  const given = comments.flatMap((comment) => {
    const match = /^check\s*=(.*)$/i.exec(comment);
    return match === null ? [] : [readComment((match[1] ?? "").split("//", 1)[0] ?? "")];
  });
  if (given.length === 0) return noCheckOptions;
  return {
    skip: new Set(given.flatMap(({ skip }) => [...skip])),
    skipAll: given.some(({ skipAll }) => skipAll),
    experimental: new Set(given.flatMap(({ experimental }) => [...experimental])),
    experimentalAll: given.some(({ experimentalAll }) => experimentalAll),
    error: given.some(({ error }) => error),
  };
}

/** A comment that only looks like options asks for nothing. */
function readComment(text: string): CheckOptions {
  try {
    return parseCheckOptions(text);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return noCheckOptions;
  }
}
