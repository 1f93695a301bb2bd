import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { entry } from "../../testing/trees.ts";
import { collected, inPieces, noise } from "../../testing/streams.ts";
import { createTarWriter } from "../tar/write.ts";
import { compress } from "./compress.ts";
import { decompress, detectStream } from "./decompress.ts";
import { detectCompression } from "./detect.ts";

function tar(): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  writer.entry(entry("a", { size: 3 }), Buffer.from("abc"));
  writer.finish();
  return Buffer.concat(chunks);
}

const kinds: readonly [kind: string, name: string, head: Buffer][] = [
  ["gzip", "gzip", gzipSync("x")],
  ["zstd", "zstd", zstdCompressSync("x")],
  ["zstd", "a skippable frame of zstd", Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])],
  ["bzip2", "bzip2", execFileSync("bzip2", ["-c"], { input: "x" })],
  ["bzip2", "bzip2 of nothing", execFileSync("bzip2", ["-c"], { input: "" })],
  ["xz", "xz", execFileSync("xz", ["-c"], { input: "x" })],
  ["tar", "a tar", tar()],
  [
    "tar",
    "a tar of before POSIX",
    execFileSync("tar", ["--format=v7", "-cf", "-", "-C", "/", "etc/hostname"]),
  ],
  ["plain", "nothing", Buffer.alloc(0)],
  ["plain", "zeros", Buffer.alloc(10_240)],
  ["plain", "text that begins as bzip2 does", Buffer.from("BZh9 is a fine name for a band")],
  ["plain", "gzip with an unknown method", Buffer.from([0x1f, 0x8b, 9, 0])],
  ["plain", "half a magic", Buffer.from([0x28, 0xb5])],
  ["plain", "text", Buffer.alloc(600, "text ")],
];
for (const [kind, name, head] of kinds)
  test(`detected: ${name}`, () => assert.equal(detectCompression(head), kind));

test("a stream keeps the bytes that were looked at", async () => {
  for (const pieceBytes of [1, 100, 511, 512, 513, 5000]) {
    const { kind, bytes } = await detectStream(inPieces(tar(), pieceBytes));
    assert.equal(kind, "tar");
    assert.ok((await collected(bytes)).equals(tar()));
  }
});

test("what was compressed comes back, whatever kind it is", async () => {
  const bytes = Buffer.concat([tar().subarray(0, 1024), noise(3_000_000)]);
  for (const algorithm of ["gzip", "zstd", "uncompressed"] as const) {
    const blob = await collected(compress(inPieces(bytes, 100_000), { algorithm }));
    const detected = await detectStream(inPieces(blob, 30_000));
    assert.equal(detected.kind, algorithm === "uncompressed" ? "tar" : algorithm);
    const back = await collected(decompress(detected.bytes, detected.kind, { maxBytes: bytes.length }));
    assert.ok(back.equals(bytes));
  }
});

test("a program that is missing is named with its package", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    await assert.rejects(collected(decompress(inPieces(Buffer.from("x"), 1), "xz", { maxBytes: 9 })), {
      code: "COMPRESSION_UNKNOWN",
      hint: "apt-get install xz-utils",
    });
  } finally {
    process.env["PATH"] = path;
  }
});

for (const kind of ["gzip", "zstd", "bzip2", "xz", "plain"] as const)
  test(`${kind}: an error of the source is passed on as it is`, async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield execFileSync(kind === "plain" ? "cat" : kind, { input: noise(5000) }).subarray(0, 100);
      throw new Error("the network is gone");
    }
    await assert.rejects(collected(decompress(broken(), kind, { maxBytes: 10_000 })), /the network is gone/);
  });

for (const [kind, program] of [
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["xz", "xz"],
] as const)
  test(`${kind}: whoever stops reading ends the source too`, async () => {
    let ended = false;
    const bytes = execFileSync(program, { input: noise(4_000_000), maxBuffer: 2 ** 24 });
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* inPieces(bytes, 10_000);
      } finally {
        ended = true;
      }
    }
    for await (const chunk of decompress(source(), kind, { maxBytes: 2 ** 30 })) if (chunk.length > 0) break;
    assert.equal(ended, true);
  });
