import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { decompress, detectStream } from "../compress/decompress.ts";
import type { Descriptor } from "../descriptor.ts";
import { createHasher, type Digest } from "../digest.ts";
import { layersError } from "../errors.ts";
import type { LayerRecord } from "../store/store.ts";
import type { LayerSurroundings } from "./surroundings.ts";

const chunkBytes = 1 << 20;
/** Beyond any disk that a layer is extracted to; a bomb ends here if nothing else stops it. */
const maxLayerBytes = 2 ** 40;

/**
 * The uncompressed tar of a layer, chunk by chunk, each valid until the next is asked for; undefined when no blob holds it.
 * @throws BLOB_CORRUPT at the end when the bytes are not those of the diffID
 */
export function layerBytes(
  { store, work }: Pick<LayerSurroundings, "store" | "work">,
  record: LayerRecord,
): AsyncIterable<Uint8Array> | undefined {
  const { tar, original, diffId } = record;
  const { signal } = work;
  const tarPath = tar && store.blobs.pathOf(tar.digest);
  if (tar && tarPath !== undefined)
    return verified(fileChunks(tarPath), { expected: tar.digest, blob: tar, signal });
  const originalPath = original && store.blobs.pathOf(original.digest);
  if (!original || originalPath === undefined || diffId === undefined) return undefined;
  return verified(decompressed(originalPath), { expected: diffId, blob: original, signal });
}

/** The bytes of a blob that is something's tar, fresh chunks. @throws BLOB_CORRUPT at the end */
export function tarBytes(
  { work: { signal } }: Pick<LayerSurroundings, "work">,
  { path, tar }: { path: string; tar: Descriptor },
): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  return verified(file, { expected: tar.digest, blob: tar, signal });
}

async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  { expected, blob, signal }: { expected: Digest; blob: Descriptor; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher();
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    hasher.update(chunk);
    yield chunk;
  }
  const got = hasher.digest();
  if (got === expected) return;
  throw layersError(
    "BLOB_CORRUPT",
    `the layer ${blob.digest} holds ${got}, not ${expected} as its image says`,
    {
      hint: "the blob is damaged or the image is wrong: remove the image and pull it again",
    },
  );
}

/** Gives way to others between chunks. */
async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (let count = readSync(fd, chunk, 0, chunkBytes, null); count > 0; ) {
      yield chunk.subarray(0, count);
      await new Promise(setImmediate);
      count = readSync(fd, chunk, 0, chunkBytes, null);
    }
  } finally {
    closeSync(fd);
  }
}

/** By what the bytes are, not what their media type says: images exist whose gzip layers are plain tars. */
async function* decompressed(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const { kind, bytes } = await detectStream(file);
  yield* decompress(bytes, kind, { maxBytes: maxLayerBytes });
}
