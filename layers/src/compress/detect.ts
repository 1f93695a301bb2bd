import { hasRightChecksum } from "../tar/header-read.ts";
import { blockBytes } from "../tar/limits.ts";

/** tar: an archive as it is. plain: none of them; also a tar without entries, as to docker's ADD. */
export type Compression = "gzip" | "zstd" | "bzip2" | "xz" | "tar" | "plain";

/** How many bytes of the beginning decide. */
export const detectionBytes: number = blockBytes;

const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
const zstdMagic = 0xfd2fb528;
/** RFC 8878, 3.1.2: the last four bits are free. */
const zstdSkippableMagic = 0x184d2a50;
/** "BZh", the size of blocks, then the magic of a block or of the end. */
const bzip2Magic = /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/;

/** What the beginning of a file says it is; names and media types count for nothing. */
export function detectCompression(head: Uint8Array): Compression {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length >= 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return "gzip";
  if (bytes.length >= 4) {
    const magic = bytes.readUInt32LE(0);
    if (magic === zstdMagic || (magic & 0xffff_fff0) === zstdSkippableMagic) return "zstd";
  }
  if (bytes.subarray(0, xzMagic.length).equals(xzMagic)) return "xz";
  if (bzip2Magic.test(bytes.toString("latin1", 0, 10))) return "bzip2";
  return bytes.length >= blockBytes && hasRightChecksum(bytes, 0) ? "tar" : "plain";
}
