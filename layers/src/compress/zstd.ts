import { constants, zstdCompress } from "node:zlib";
import { blocksOf } from "./blocks.ts";
import { inOrder } from "./in-order.ts";

/** Part of the result, like the level. */
const frameBytes = 1024 * 1024;

/**
 * Compresses to zstd frames of 1 MiB on libuv's threads; the result depends on the bytes and the level only. Each frame is one call:
 * Node's stream form ends in an extra frame depending on timing, and ZSTD_c_nbWorkers silently truncates.
 */
export async function* zstd(
  source: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isEmpty = true;
  for await (const frame of inOrder(blocksOf(source, frameBytes), (block) => compressFrame(block, level))) {
    isEmpty = false;
    yield frame;
  }
  if (isEmpty) yield await compressFrame(Buffer.alloc(0), level);
}

function compressFrame(block: Buffer, level: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      pledgedSrcSize: block.length,
      chunkSize: frameBytes,
    };
    zstdCompress(block, options, (error, frame) => (error ? reject(error) : resolve(frame)));
  });
}
