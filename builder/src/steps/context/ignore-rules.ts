import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseIgnoreFile } from "../../dockerfile/ignore/ignore-file.ts";
import { createPathMatcher, type PathMatcher } from "../../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../../errors.ts";

const fileName = ".dockerignore";
const maxBytes = 1 << 20;

/** What a context leaves out: the text given for it, else its own .dockerignore. @throws PATTERN_INVALID, OPTION_INVALID */
export function readIgnoreRules(directory: string, given: string | undefined): PathMatcher {
  return createPathMatcher(readIgnorePatterns(directory, given));
}

/** The patterns of those rules, in order. @throws PATTERN_INVALID, OPTION_INVALID */
export function readIgnorePatterns(directory: string, given: string | undefined): readonly string[] {
  return parseIgnoreFile(given ?? readIgnoreFile(directory));
}

function readIgnoreFile(directory: string): Buffer {
  const fd = openIgnoreFile(join(directory, fileName));
  if (fd === undefined) return Buffer.alloc(0);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxBytes) throw unusable("it is no regular file of at most 1 MiB");
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function openIgnoreFile(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    // A link could lead out of the context.
    throw unusable(code === "ELOOP" ? "it is a symbolic link" : `it cannot be read (${code})`);
  }
}

function unusable(why: string): Error {
  return builderError("OPTION_INVALID", `the context's ${fileName} is not usable: ${why}`, {
    hint: `replace it by a plain file, or put the rules into <Dockerfile>${fileName}`,
  });
}
