import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { builderError } from "../errors.ts";

/** Where a stream of bytes goes: written while `write` runs, there as a whole or not at all. */
export interface Destination {
  write(chunk: Uint8Array): void;
}

export interface DestinationOptions {
  readonly signal: AbortSignal;
  readonly randomHex: (bytes: number) => string;
}

const standardOutput = 1;

/**
 * Writes a file by way of a temporary one beside it; "-" is standard output, and what is no regular file (a pipe, /dev/null) is
 * written as it is.
 * @throws EXPORT_FAILED, and what `produce` throws; then nothing is there that was not there before
 */
export async function writeDestination(
  path: string,
  produce: (destination: Destination) => Promise<void>,
  { signal, randomHex }: DestinationOptions,
): Promise<void> {
  if (path === "-") return produce(sinkOf(standardOutput, path, signal));
  const present = lstatSync(path, { throwIfNoEntry: false });
  const isSpecial = present !== undefined && !present.isFile() && !present.isSymbolicLink();
  const temporary = isSpecial ? undefined : join(dirname(path), `.tsbuild-${randomHex(6)}`);
  const fd = openFor(temporary ?? path, path, temporary === undefined ? "w" : "wx");
  try {
    await produce(sinkOf(fd, path, signal));
    if (temporary !== undefined) {
      fsyncSync(fd);
      renameSync(temporary, path);
    }
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Writes every chunk of a stream. */
export async function writeStream(
  source: AsyncIterable<Uint8Array>,
  path: string,
  options: DestinationOptions,
): Promise<void> {
  await writeDestination(
    path,
    async (destination) => {
      for await (const chunk of source) destination.write(chunk);
    },
    options,
  );
}

function openFor(file: string, path: string, flags: "w" | "wx"): number {
  try {
    return openSync(file, flags, 0o644);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function sinkOf(fd: number, path: string, signal: AbortSignal): Destination {
  return {
    write(chunk) {
      signal.throwIfAborted();
      for (let at = 0; at < chunk.length; ) at += writeSome(fd, chunk.subarray(at), path);
    },
  };
}

/** A pipe that nobody reads at the moment, set to non-blocking by somebody: asked again after a while. */
const retryMs = 5;

function writeSome(fd: number, chunk: Uint8Array, path: string): number {
  try {
    return writeSync(fd, chunk);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cannotWrite(path, cause);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    return 0;
  }
}

export function cannotWrite(path: string, cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  const where = path === "-" ? "standard output" : path;
  return builderError("EXPORT_FAILED", `cannot write ${where}: ${code ?? String(cause)}`, {
    cause,
    hint: code === "ENOSPC" ? "make room on that disk" : "check that the directory exists and may be written",
  });
}
