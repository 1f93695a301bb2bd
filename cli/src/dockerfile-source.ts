import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { BuildRequest } from "@tsbuild/builder";
import { cliError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** A Dockerfile above this is refused by the parser too; here it keeps us from reading a device for ever. */
export const maxDockerfileBytes: number = 1 << 20;

/** A path, or the text itself with the name that messages give it. */
export type DockerfileSource = string | BuildRequest["dockerfile"];

/**
 * Finds and reads the Dockerfile: the given one, else `Dockerfile`, else `dockerfile` in the context. The
 * `<Dockerfile>.dockerignore` beside it comes along.
 * @throws CONTEXT_MISSING
 */
export function readDockerfile(
  source: DockerfileSource | undefined,
  contextDirectory: string,
): BuildRequest["dockerfile"] {
  if (typeof source === "object") return source;
  const path = source === undefined ? defaultFile(contextDirectory) : resolve(source);
  const ignorePath = `${path}.dockerignore`;
  const ignore = existsSync(ignorePath) ? readText(ignorePath) : undefined;
  return { name: basename(path), text: readText(path), ...(ignore === undefined ? {} : { ignore }) };
}

function defaultFile(directory: string): string {
  const upper = join(directory, "Dockerfile");
  const lower = join(directory, "dockerfile");
  return !existsSync(upper) && existsSync(lower) ? lower : upper;
}

function readText(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile())
    throw cliError("CONTEXT_MISSING", `there is no file ${path}`, {
      hint: `write a Dockerfile in ${dirname(path)} or name one with --file`,
    });
  if (stat.size > maxDockerfileBytes) throw tooLarge(path);
  return readFileSync(path, "utf8");
}

/** The Dockerfile on standard input. @throws CONTEXT_MISSING when it never ends. */
export async function readDockerfileFrom(terminal: Terminal): Promise<BuildRequest["dockerfile"]> {
  return { name: "Dockerfile", text: await readTextFrom(terminal.stdin(), "standard input") };
}

/** The text of a stream. @throws CONTEXT_MISSING when it is too long for a Dockerfile. */
export async function readTextFrom(source: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxDockerfileBytes) throw tooLarge(what);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(what: string): Error {
  return cliError(
    "CONTEXT_MISSING",
    `${what} is larger than ${maxDockerfileBytes} bytes: that is no Dockerfile`,
    {},
  );
}
