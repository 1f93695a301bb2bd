/** Cuts a stream into blocks of the same size, the last one shorter, however it came in pieces. Each block has its own memory. */
export async function* blocksOf(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let used = 0;
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + blockBytes - used);
      block.set(piece, used);
      used += piece.length;
      at += piece.length;
      if (used < blockBytes) continue;
      yield block;
      block = Buffer.allocUnsafeSlow(blockBytes);
      used = 0;
    }
  if (used > 0) yield block.subarray(0, used);
}
