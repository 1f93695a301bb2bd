import { createHasher, type Digest } from "../digest.ts";
import type { Compression } from "./detect.ts";
import { type DecompressOptions, decompress, detectStream } from "./decompress.ts";

/** What a layer's blob is: as it travels, and as the tar that its diffID names. */
export interface LayerDigests {
  readonly kind: Compression;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  readonly tarSize: number;
}

export interface UnpackOptions extends DecompressOptions {
  /** Gets the bytes of the tar as they come out, in large chunks. */
  readonly onTar?: (chunk: Uint8Array) => void;
}

/**
 * Decompresses a layer of whatever kind and computes both of its digests on the way. Hashing runs on the thread that has the bytes in
 * its cache; zlib works on the next ones meanwhile.
 */
export async function layerDigests(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, onTar }: UnpackOptions,
): Promise<LayerDigests> {
  const blob = createHasher();
  const tar = createHasher();
  let size = 0;
  let tarSize = 0;
  const detected = await detectStream(source);
  const isCompressed = detected.kind !== "tar" && detected.kind !== "plain";
  for await (const chunk of decompress(counted(detected.bytes), detected.kind, { maxBytes })) {
    tar.update(chunk);
    tarSize += chunk.length;
    onTar?.(chunk);
  }
  const diffId = tar.digest();
  return { kind: detected.kind, digest: isCompressed ? blob.digest() : diffId, size, diffId, tarSize };

  async function* counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (isCompressed) blob.update(chunk);
      yield chunk;
    }
  }
}
