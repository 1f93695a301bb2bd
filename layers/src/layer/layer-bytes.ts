import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { createHasher, type Digest } from "../digest.ts";
import { layersError } from "../errors.ts";
import type { LayerRecord, Store } from "../store/store.ts";

const chunkBytes = 1 << 20;

/**
 * The uncompressed tar of a layer, chunk by chunk, each valid until the next is asked for; undefined when no blob holds it.
 * @throws BLOB_CORRUPT at the end when the bytes are not those of the diffID
 */
export function layerBytes(store: Store, record: LayerRecord): AsyncIterable<Uint8Array> | undefined {
  const { tar, original, diffId } = record;
  const tarPath = tar && store.blobs.pathOf(tar.digest);
  if (tar && tarPath !== undefined) return verified(fileChunks(tarPath), tar.digest, tar);
  const originalPath = original && store.blobs.pathOf(original.digest);
  if (!original || originalPath === undefined || diffId === undefined) return undefined;
  return verified(decompressed(originalPath, original), diffId, original);
}

async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expected: Digest,
  blob: Descriptor,
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher();
  for await (const chunk of chunks) {
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

function decompressed(path: string, { mediaType }: Descriptor): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  if (mediaType === mediaTypes.ociLayer || mediaType === mediaTypes.dockerLayer) return file;
  const inflate = mediaType.endsWith("zstd")
    ? createZstdDecompress({ chunkSize: chunkBytes })
    : createGunzip({ chunkSize: chunkBytes });
  return pipeline(file, inflate, () => {});
}
