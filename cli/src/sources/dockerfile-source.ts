import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { BuildRequest } from "@tsbuild/builder";
import { cliError } from "../errors.ts";
import { openDownloads } from "../images/registry-access.ts";
import type { DockerfileSource, SourceReading } from "../options/source-options.ts";
import { openStoreFor } from "../store-root.ts";

/** A Dockerfile above this is refused by the parser too; here it keeps us from reading a device for ever. */
export const maxDockerfileBytes: number = 1 << 20;

/**
 * Finds and reads the Dockerfile of a local context: the given one, else `Dockerfile`, else `dockerfile` in the context. The
 * `<Dockerfile>.dockerignore` beside it comes along.
 * @throws CONTEXT_MISSING
 */
export async function readDockerfile(
  source: DockerfileSource | undefined,
  contextDirectory: string,
  reading: SourceReading,
): Promise<BuildRequest["dockerfile"]> {
  const elsewhere = await readElsewhere(source, reading);
  return (
    elsewhere ??
    readHostFile(resolve(reading.place.cwd, pathOf(source) ?? join(contextDirectory, "Dockerfile")))
  );
}

/** The path that a source is, when it is one. */
export function pathOf(source: DockerfileSource | undefined): string | undefined {
  return typeof source === "string" ? source : undefined;
}

/** A Dockerfile that is no file: text, bytes, or something behind a URL; undefined for a path. */
export async function readElsewhere(
  source: DockerfileSource | undefined,
  reading: SourceReading,
): Promise<BuildRequest["dockerfile"] | undefined> {
  if (source === undefined) return undefined;
  if (typeof source !== "string") {
    if (!(Symbol.asyncIterator in source)) return source;
    await reading.options.beforeWork?.();
    return { name: "Dockerfile", text: await readTextFrom(source, "standard input") };
  }
  if (!/^https?:\/\//.test(source)) return undefined;
  await reading.options.beforeWork?.();
  return { name: "Dockerfile", text: await download(source, reading) };
}

/** A Dockerfile of this machine with the ignore file beside it. @throws CONTEXT_MISSING */
export function readHostFile(named: string): BuildRequest["dockerfile"] {
  const path = withCase(named, existsSync);
  const ignorePath = `${path}.dockerignore`;
  const ignore = existsSync(ignorePath) ? readText(ignorePath) : undefined;
  return { name: basename(path), text: readText(path), ...(ignore === undefined ? {} : { ignore }) };
}

/** As docker: where there is no `Dockerfile`, `dockerfile` will do. */
function withCase(path: string, exists: (path: string) => boolean): string {
  const lower = lowerCased(path);
  return lower !== undefined && !exists(path) && exists(lower) ? lower : path;
}

/** The other name of a file called `Dockerfile`. */
export function lowerCased(path: string): string | undefined {
  return basename(path) === "Dockerfile" ? join(dirname(path), "dockerfile") : undefined;
}

function readText(path: string): string {
  const fd = openText(path);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw noFile(path, "it is none");
    if (stat.size >= maxDockerfileBytes) throw tooLarge(path);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

/** Without waiting for whoever writes into a fifo. */
function openText(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    throw isMissing ? noFile(path) : noFile(path, `it cannot be read (${code})`, error);
  }
}

function noFile(path: string, why?: string, cause?: unknown): Error {
  return cliError("CONTEXT_MISSING", `there is no file ${path}${why === undefined ? "" : `: ${why}`}`, {
    hint: `write a Dockerfile in ${dirname(path)} or name one with --file`,
    ...(cause !== undefined && { cause }),
  });
}

async function download(url: string, { options, place }: SourceReading): Promise<string> {
  await using store = openStoreFor(options.storeRoot, place);
  await using lease = await store.lease("dockerfile");
  using client = openDownloads({ "ca-cert": options.caCertificates ?? [] }, place);
  const { blobs } = store;
  const reply = await client.fetch(url, { blobs, lease, signal: place.signal, maxBytes: maxDockerfileBytes });
  if (reply.kind === "unchanged") throw new TypeError("unchanged, though nothing was known");
  return readTextFrom(blobs.stream(reply.blob.digest), url);
}

/** The text of a stream. @throws CONTEXT_MISSING when it is too long for a Dockerfile. */
export async function readTextFrom(source: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size >= maxDockerfileBytes) throw tooLarge(what);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(what: string): Error {
  return cliError(
    "CONTEXT_MISSING",
    `${what} has ${maxDockerfileBytes} bytes or more: that is no Dockerfile`,
    {
      hint: "move long scripts and data into files and COPY them",
      location: { file: what, line: 1, column: 1 },
    },
  );
}
