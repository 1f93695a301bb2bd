import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { BuildRequest } from "@tsbuild/builder";
import { cliError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** A Dockerfile above this is refused by the parser too; here it keeps us from reading a device for ever. */
const maxBytes = 1 << 20;

/**
 * Finds and reads the Dockerfile: `--file`, else `Dockerfile`, else `dockerfile` in the context; `-` is standard input. The
 * `<Dockerfile>.dockerignore` beside it comes along.
 * @throws CONTEXT_MISSING
 */
export async function readDockerfile(
  file: string | undefined,
  contextDirectory: string,
  terminal: Terminal,
): Promise<BuildRequest["dockerfile"]> {
  if (file === "-") return { name: "Dockerfile", text: await readStdin(terminal) };
  const path = file === undefined ? defaultFile(contextDirectory) : resolve(terminal.cwd, file);
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
  if (stat.size > maxBytes) throw tooLarge(path);
  return readFileSync(path, "utf8");
}

async function readStdin(terminal: Terminal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of terminal.stdin()) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge("standard input");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(what: string): Error {
  return cliError("CONTEXT_MISSING", `${what} is larger than ${maxBytes} bytes: that is no Dockerfile`, {});
}
