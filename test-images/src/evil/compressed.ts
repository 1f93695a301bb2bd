import { execFileSync } from "node:child_process";
import { crc32, gzipSync, zstdCompressSync } from "node:zlib";

/** Compressed data that somebody reads otherwise, or that is much more than it seems; what it has to come to. */
export interface EvilStream {
  readonly name: string;
  readonly kind: "gzip" | "zstd" | "bzip2" | "xz";
  readonly build: () => Buffer;
  /** A code, or the text that comes out. `BLOB_TOO_LARGE`: with a limit of a mebibyte. */
  readonly expect:
    | { readonly code: "COMPRESSION_CORRUPT" | "COMPRESSION_MEMORY" | "BLOB_TOO_LARGE" }
    | { readonly text: string };
}

const corrupt = { code: "COMPRESSION_CORRUPT" } as const;
const tooMuchMemory = { code: "COMPRESSION_MEMORY" } as const;
const tooLarge = { code: "BLOB_TOO_LARGE" } as const;
const hello = "hello hello hello hello hello";
const gzip = (): Buffer => gzipSync(hello);
const zstd = (): Buffer => zstdCompressSync(hello);
const skippable = (body: string): Buffer => {
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32LE(0x184d2a53, 0);
  frame.writeUInt32LE(body.length, 4);
  frame.write(body, 8);
  return frame;
};
const host = (program: string, ...options: string[]): Buffer =>
  execFileSync(program, ["-c", ...options], { input: hello });

const zeros = Buffer.alloc(64 * 1024 * 1024);

export const evilStreams: readonly EvilStream[] = [
  { name: "gzip: a bomb of 1000 to 1", kind: "gzip", build: () => gzipSync(zeros), expect: tooLarge },
  {
    name: "gzip: a thousand members",
    kind: "gzip",
    build: () => Buffer.concat(Array.from({ length: 1000 }, gzip)),
    expect: { text: hello.repeat(1000) },
  },
  {
    name: "gzip: empty members without end",
    kind: "gzip",
    build: () => Buffer.concat([...Array.from({ length: 20_000 }, () => gzipSync("")), gzip()]),
    expect: { text: hello },
  },
  {
    name: "gzip: garbage behind the end",
    kind: "gzip",
    build: () => Buffer.concat([gzip(), Buffer.from("evil")]),
    expect: corrupt,
  },
  {
    name: "gzip: zeros behind the end",
    kind: "gzip",
    build: () => Buffer.concat([gzip(), Buffer.alloc(512)]),
    expect: corrupt,
  },
  {
    name: "gzip: a member behind a zero",
    kind: "gzip",
    build: () => Buffer.concat([gzip(), Buffer.alloc(1), gzip()]),
    expect: corrupt,
  },
  { name: "gzip: wrong checksum", kind: "gzip", build: () => flipped(gzip(), -8), expect: corrupt },
  { name: "gzip: wrong length", kind: "gzip", build: () => flipped(gzip(), -4), expect: corrupt },
  { name: "gzip: cut in its header", kind: "gzip", build: () => gzip().subarray(0, 5), expect: corrupt },
  { name: "gzip: cut in its data", kind: "gzip", build: () => gzip().subarray(0, -12), expect: corrupt },
  { name: "gzip: cut in its trailer", kind: "gzip", build: () => gzip().subarray(0, -1), expect: corrupt },
  {
    name: "gzip: second member cut",
    kind: "gzip",
    build: () => Buffer.concat([gzip(), gzip().subarray(0, 2)]),
    expect: corrupt,
  },
  {
    name: "zstd: a bomb of 30,000 to 1",
    kind: "zstd",
    build: () => zstdCompressSync(zeros),
    expect: tooLarge,
  },
  {
    name: "zstd: two frames at once",
    kind: "zstd",
    build: () => Buffer.concat([zstd(), zstd()]),
    expect: { text: hello.repeat(2) },
  },
  {
    name: "zstd: skippable frames",
    kind: "zstd",
    build: () => Buffer.concat([skippable("evil"), zstd(), skippable(""), zstd(), skippable("x")]),
    expect: { text: hello.repeat(2) },
  },
  {
    name: "zstd: garbage behind the end",
    kind: "zstd",
    build: () => Buffer.concat([zstd(), Buffer.from("evil")]),
    expect: corrupt,
  },
  {
    name: "zstd: zeros behind the end",
    kind: "zstd",
    build: () => Buffer.concat([zstd(), Buffer.alloc(512)]),
    expect: corrupt,
  },
  { name: "zstd: cut in its magic", kind: "zstd", build: () => zstd().subarray(0, 3), expect: corrupt },
  { name: "zstd: cut in its data", kind: "zstd", build: () => zstd().subarray(0, -3), expect: corrupt },
  {
    name: "zstd: second frame cut",
    kind: "zstd",
    build: () => Buffer.concat([zstd(), zstd().subarray(0, -1)]),
    expect: corrupt,
  },
  {
    name: "zstd: skippable frame cut",
    kind: "zstd",
    build: () => Buffer.concat([zstd(), skippable("evil").subarray(0, -1)]),
    expect: corrupt,
  },
  {
    name: "zstd: a window of two gigabytes",
    kind: "zstd",
    build: () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 9, 0, 0, 120]),
    expect: tooMuchMemory,
  },
  {
    name: "zstd: a block of a kind that is reserved",
    kind: "zstd",
    build: () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 15, 0, 0, 120]),
    expect: corrupt,
  },
  { name: "zstd: nothing", kind: "zstd", build: () => Buffer.alloc(0), expect: corrupt },
  {
    name: "bzip2: two streams",
    kind: "bzip2",
    build: () => Buffer.concat([host("bzip2"), host("bzip2")]),
    expect: { text: hello.repeat(2) },
  },
  {
    name: "bzip2: garbage behind the end",
    kind: "bzip2",
    build: () => Buffer.concat([host("bzip2"), Buffer.from("evil")]),
    expect: corrupt,
  },
  { name: "bzip2: cut", kind: "bzip2", build: () => host("bzip2").subarray(0, -4), expect: corrupt },
  {
    name: "bzip2: a bomb",
    kind: "bzip2",
    build: () => execFileSync("bzip2", ["-c"], { input: zeros }),
    expect: tooLarge,
  },
  {
    name: "xz: two streams",
    kind: "xz",
    build: () => Buffer.concat([host("xz"), host("xz")]),
    expect: { text: hello.repeat(2) },
  },
  {
    name: "xz: garbage behind the end",
    kind: "xz",
    build: () => Buffer.concat([host("xz"), Buffer.from("evil")]),
    expect: corrupt,
  },
  { name: "xz: cut", kind: "xz", build: () => host("xz").subarray(0, -4), expect: corrupt },
  {
    name: "xz: a dictionary of four gigabytes",
    kind: "xz",
    build: () => withDictionary(host("xz"), 40),
    expect: tooMuchMemory,
  },
];

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[bytes.length + at]! ^= 1;
  return bytes;
}

/** The first block header of an xz stream with another size of dictionary (xz file format, 5.3.1), and its checksum. */
function withDictionary(bytes: Buffer, size: number): Buffer {
  bytes[16] = size;
  bytes.writeUInt32LE(crc32(bytes.subarray(12, 20)), 20);
  return bytes;
}
