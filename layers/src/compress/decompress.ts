import { layersError } from "../errors.ts";
import { type Compression, detectCompression, detectionBytes } from "./detect.ts";
import { throughHostProgram } from "./host-program.ts";
import { gunzip, unzstd } from "./inflate.ts";

export interface DecompressOptions {
  /** A few kilobytes may stand for a terabyte: refused with BLOB_TOO_LARGE beyond this many. */
  readonly maxBytes: number;
}

/**
 * Decompresses a stream of a known kind; each chunk is valid until the next is asked for.
 * @throws COMPRESSION_CORRUPT, COMPRESSION_MEMORY, COMPRESSION_UNKNOWN, BLOB_TOO_LARGE
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  kind: Compression,
  { maxBytes }: DecompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of decompressed(source, kind)) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw layersError(
        "BLOB_TOO_LARGE",
        `the ${kind} data is larger than ${maxBytes} bytes when decompressed`,
      );
    yield chunk;
  }
}

function decompressed(source: AsyncIterable<Uint8Array>, kind: Compression): AsyncIterable<Uint8Array> {
  switch (kind) {
    case "gzip":
      return gunzip(source);
    case "zstd":
      return unzstd(source);
    case "bzip2":
    case "xz":
      return throughHostProgram(source, kind);
    case "tar":
    case "plain":
      return source;
  }
}

/** A stream whose beginning has been looked at. */
export interface DetectedStream {
  readonly kind: Compression;
  /** All of it, the beginning included. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Looks at the first bytes of a stream; the rest is read by whoever reads the result. */
export async function detectStream(source: AsyncIterable<Uint8Array>): Promise<DetectedStream> {
  const input = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let headBytes = 0;
  while (headBytes < detectionBytes) {
    const next = await input.next();
    if (next.done === true) break;
    head.push(next.value);
    headBytes += next.value.length;
  }
  return { kind: detectCompression(Buffer.concat(head)), bytes: joined(head, input) };
}

async function* joined(
  head: readonly Uint8Array[],
  input: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* head;
    for (let next = await input.next(); next.done !== true; next = await input.next()) yield next.value;
  } finally {
    await input.return?.();
  }
}
