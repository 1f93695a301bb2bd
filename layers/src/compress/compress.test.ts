import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { collected, inPieces, noise } from "../../testing/streams.ts";
import { digestOf } from "../digest.ts";
import { type CompressionOptions, compress } from "./compress.ts";

const mib = 1024 * 1024;
const text = Buffer.alloc(3 * mib + 17, "a line of text that repeats itself, with a number 12345 in it\n");
const mixed = Buffer.concat([noise(mib), text.subarray(0, mib), noise(700_000), text.subarray(0, 99)]);

const inputs: readonly [name: string, bytes: Buffer][] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from("x")],
  ["a block less one", text.subarray(0, 512 * 1024 - 1)],
  ["exactly a block", text.subarray(0, 512 * 1024)],
  ["a block and one", text.subarray(0, 512 * 1024 + 1)],
  ["several blocks", text],
  ["noise", noise(2 * mib + 5)],
  ["noise and text in turn", mixed],
];
const forms: readonly (CompressionOptions & { readonly program: string })[] = [
  { algorithm: "gzip", program: "gzip" },
  { algorithm: "gzip", level: 0, program: "gzip" },
  { algorithm: "gzip", level: 1, program: "gzip" },
  { algorithm: "zstd", program: "zstd" },
  { algorithm: "zstd", level: 1, program: "zstd" },
];

for (const { program, ...form } of forms)
  for (const [name, bytes] of inputs)
    test(`${form.algorithm} ${form.level ?? "by default"}: ${name} comes back from the host's ${program}, however it came in`, async () => {
      const whole = await collected(compress(inPieces(bytes, bytes.length || 1), form));
      const pieces = await collected(compress(inPieces(bytes, 65_537), form));
      assert.ok(whole.equals(pieces));
      const back = execFileSync(program, ["-dc"], { input: whole, maxBuffer: 64 * mib });
      assert.ok(back.equals(bytes));
    });

test("what cannot shrink is stored: hardly larger than it was", async () => {
  const bytes = noise(4 * mib);
  const gzipped = await collected(compress(inPieces(bytes, mib), { algorithm: "gzip" }));
  assert.ok(gzipped.length < bytes.length * 1.0002);
});

test("a block sees the one before it, so blocks cost next to nothing", async () => {
  const block = noise(16 * 1024);
  const bytes = Buffer.concat(Array.from({ length: 256 }, () => block));
  const gzipped = await collected(compress(inPieces(bytes, mib), { algorithm: "gzip" }));
  assert.ok(gzipped.length < 100_000, String(gzipped.length));
});

test("the result does not depend on the number of threads", async () => {
  const script = `
    const { compress, digestOf } = await import(${JSON.stringify(import.meta.resolve("../index.ts"))});
    const line = Buffer.alloc(5_000_000, "another line that repeats, and 0123456789\\n");
    const chunks = [];
    for (const algorithm of ["gzip", "zstd"])
      for await (const chunk of compress((async function* () { yield line; })(), { algorithm })) chunks.push(chunk);
    console.log(digestOf(Buffer.concat(chunks)));`;
  const digests = ["1", "2", "7"].map((threads) =>
    execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { ...process.env, UV_THREADPOOL_SIZE: threads },
    }).trim(),
  );
  assert.equal(new Set(digests).size, 1);
  assert.match(digests[0] as string, /^sha256:/);
});

test("uncompressed is the source itself", async () => {
  const bytes = await collected(compress(inPieces(text, 1000), { algorithm: "uncompressed" }));
  assert.equal(digestOf(bytes), digestOf(text));
});

for (const form of [
  { algorithm: "gzip", level: 10 },
  { algorithm: "gzip", level: 1.5 },
  { algorithm: "zstd", level: 0 },
  { algorithm: "zstd", level: 23 },
] as const)
  test(`${form.algorithm} has no level ${form.level}`, () => {
    assert.throws(() => compress(inPieces(text, 1000), form), { code: "COMPRESSION_UNKNOWN" });
  });

test("an error of the source is passed on", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield text;
    throw new Error("the disk is gone");
  }
  await assert.rejects(collected(compress(broken(), { algorithm: "gzip" })), /the disk is gone/);
});
