import { constants, crc32, deflateRaw } from "node:zlib";
import { blocksOf } from "./blocks.ts";
import { inOrder } from "./in-order.ts";
import { looksCompressible, storedBlocks } from "./stored.ts";

/** Part of the result, like the level: another value gives another digest for the same layer. */
const blockBytes = 512 * 1024;
/** How far back deflate looks (RFC 1951, 2). */
const windowBytes = 32 * 1024;

// RFC 1952, 2.3: magic, deflate, no flags, no time, no extra flags, unknown system.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block with fixed codes. */
const lastBlock = Buffer.from([3, 0]);

/**
 * Compresses to one gzip member on libuv's threads. The result depends on the bytes and the level (and on the zlib of this Node),
 * never on timing, threads or how the source came in pieces. Level 0 stores.
 */
export async function* gzip(
  source: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let size = 0;
  let previous: Buffer = Buffer.alloc(0);
  yield header;
  const blocks = blocksOf(source, blockBytes);
  yield* inOrder(blocks, (block) => {
    checksum = crc32(block, checksum);
    size += block.length;
    const dictionary = previous.subarray(-windowBytes);
    previous = block;
    return deflateBlock(block, dictionary, level);
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield Buffer.concat([lastBlock, trailer]);
}

/** Deflates a block against the end of the one before, up to a byte boundary; stores what does not shrink. */
function deflateBlock(block: Buffer, dictionary: Buffer, level: number): Promise<Buffer> {
  if (level === 0 || !looksCompressible(block)) return Promise.resolve(storedBlocks(block));
  return new Promise((resolve, reject) => {
    const options = {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      // Each chunk of output is one trip to the pool and back.
      chunkSize: blockBytes,
      ...(dictionary.length > 0 && { dictionary }),
    };
    deflateRaw(block, options, (error, deflated) => {
      if (error) reject(error);
      else resolve(deflated.length < block.length ? deflated : storedBlocks(block));
    });
  });
}
