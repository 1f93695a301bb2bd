import { deflateRawSync } from "node:zlib";

/** The most that one stored block holds (RFC 1951, 3.2.4). */
const storedBytes = 0xffff;
const headerBytes = 5;

/** The bytes as stored deflate blocks, to be put where the stream stands at a byte boundary. */
export function storedBlocks(bytes: Uint8Array): Buffer {
  const count = Math.ceil(bytes.length / storedBytes);
  const blocks = Buffer.allocUnsafe(bytes.length + count * headerBytes);
  let at = 0;
  for (let from = 0; from < bytes.length; from += storedBytes) {
    const piece = bytes.subarray(from, from + storedBytes);
    blocks[at] = 0;
    blocks.writeUInt16LE(piece.length, at + 1);
    blocks.writeUInt16LE(piece.length ^ 0xffff, at + 3);
    blocks.set(piece, at + headerBytes);
    at += headerBytes + piece.length;
  }
  return blocks;
}

const sampleCount = 4;
const sampleBytes = 4096;
/** Random bytes come out at 1.0; the densest binaries that are worth deflating at 0.95. */
const worthwhileRatio = 0.98;

/** Guesses from a few samples whether deflating will shrink the bytes: a fiftieth of the cost of finding out. */
export function looksCompressible(bytes: Buffer): boolean {
  if (bytes.length <= sampleCount * sampleBytes) return true;
  const step = Math.floor((bytes.length - sampleBytes) / (sampleCount - 1));
  const samples = Array.from({ length: sampleCount }, (_, at) =>
    bytes.subarray(at * step, at * step + sampleBytes),
  );
  const sample = Buffer.concat(samples);
  return deflateRawSync(sample, { level: 1 }).length < sample.length * worthwhileRatio;
}
