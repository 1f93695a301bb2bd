import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { layersError } from "../errors.ts";
import { ZstdFraming } from "./zstd-framing.ts";

/** Large chunks, so that hashing and parsing what comes out costs no trip per 16 KiB. */
const chunkBytes = 1024 * 1024;
/** So much may lie ready while the reader is busy with a chunk; libuv's thread goes on meanwhile. */
const aheadBytes = 4 * chunkBytes;
const streamOptions = { chunkSize: chunkBytes, readableHighWaterMark: aheadBytes };

/** All members of a gzip stream, each chunk valid until the next is asked for. @throws COMPRESSION_CORRUPT when it is cut, damaged, or has something behind it. */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const counted = count(source);
  const inflater = createGunzip(streamOptions);
  yield* through(counted, inflater, "gzip");
  // Node passes over whatever follows a NUL behind a member; gzip of Go, and so docker, refuses it.
  if (inflater.bytesWritten !== counted.bytes) throw corrupt("gzip", "something is behind its end");
}

/** All frames of a zstd stream, as `gunzip`. @throws COMPRESSION_CORRUPT, COMPRESSION_MEMORY for a window above 128 MiB (zstd's own limit) */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const input = source[Symbol.asyncIterator]();
  const rest: { chunk: Uint8Array } = { chunk: new Uint8Array() };
  let frames = 0;
  try {
    for (; await fill(input, rest); frames++) {
      const framing = new ZstdFraming();
      yield* through(frame(input, rest, framing), createZstdDecompress(streamOptions), "zstd");
    }
  } finally {
    await input.return?.();
  }
  if (frames === 0) throw corrupt("zstd", "it is empty");
}

/** Makes sure that there are bytes; false at the end of the input. */
async function fill(input: AsyncIterator<Uint8Array>, rest: { chunk: Uint8Array }): Promise<boolean> {
  while (rest.chunk.length === 0) {
    const next = await input.next();
    if (next.done === true) return false;
    rest.chunk = next.value;
  }
  return true;
}

/** The bytes of one frame; what follows it stays in `rest`. */
async function* frame(
  input: AsyncIterator<Uint8Array>,
  rest: { chunk: Uint8Array },
  framing: ZstdFraming,
): AsyncGenerator<Uint8Array, void, undefined> {
  while (!framing.isComplete) {
    if (!(await fill(input, rest))) throw corrupt("zstd", "it is cut off");
    const { chunk } = rest;
    const end = framing.feed(chunk);
    rest.chunk = chunk.subarray(end);
    yield chunk.subarray(0, end);
  }
}

interface Counted extends AsyncIterable<Uint8Array> {
  bytes: number;
}

function count(source: AsyncIterable<Uint8Array>): Counted {
  const counted: Counted = {
    bytes: 0,
    async *[Symbol.asyncIterator]() {
      for await (const chunk of source) {
        counted.bytes += chunk.length;
        yield chunk;
      }
    },
  };
  return counted;
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  inflater: Transform,
  kind: string,
): AsyncGenerator<Buffer, void, undefined> {
  const feeding = pipeline(source, inflater);
  // Awaited below; until then a failure shows in the reading as well.
  feeding.catch(() => {});
  try {
    for await (const chunk of inflater as AsyncIterable<Buffer>) {
      yield chunk;
      release(chunk);
    }
    await feeding;
  } catch (error) {
    throw isInflateError(error) ? inflateError(kind, error) : error;
  } finally {
    // Whoever stopped reading early may go on only when the source is closed.
    await feeding.catch(() => {});
  }
}

/**
 * Gives back the memory of a chunk that was read. V8 would look through its heap for it every dozen megabytes, which costs a
 * tenth of a pull. zlib is done with a buffer when it has filled it.
 */
function release({ buffer, byteOffset, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset + length === buffer.byteLength) buffer.transfer(0);
}

/** zlib's own codes, and the stream's when zlib stopped before the input did; all others came from the source. */
function isInflateError(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !("code" in error)) return false;
  const code = String(error.code);
  return code.startsWith("Z_") || code.startsWith("ZSTD_") || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function inflateError(kind: string, error: Error & { readonly code: string }): Error {
  const isWindow = error.code === "ZSTD_error_frameParameter_windowTooLarge";
  return isWindow ? tooMuchMemory(kind, "128 MiB", error) : corrupt(kind, error.message, error);
}

export function corrupt(kind: string, why: string, cause?: unknown): Error {
  return layersError("COMPRESSION_CORRUPT", `the ${kind} data is damaged: ${why}`, {
    hint: "fetch or make it again",
    ...(cause !== undefined && { cause }),
  });
}

/** The data may be whole: it only asks for more than anybody should be given who sends an archive. */
export function tooMuchMemory(kind: string, limit: string, cause?: unknown): Error {
  return layersError(
    "COMPRESSION_MEMORY",
    `the ${kind} data needs more memory to decompress than the ${limit} that it may have`,
    {
      hint: "compress it with a smaller dictionary or window, or decompress it before the build",
      ...(cause !== undefined && { cause }),
    },
  );
}
