import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { TsbuildError } from "@tsbuild/runner-native";
import { chance } from "../../testing/mutants.ts";
import { collected, inPieces, noise } from "../../testing/streams.ts";
import { compress } from "./compress.ts";
import { decompress } from "./decompress.ts";

const text = Buffer.concat([
  Buffer.alloc(40_000, "some text to compress, "),
  noise(3000),
  Buffer.alloc(9000),
]);

/** A few bytes changed, cut, or repeated. */
function damaged(bytes: Buffer, by: ReturnType<typeof chance>): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = by.below(3); count >= 0; count--) copy[by.below(copy.length)] = by.below(256);
  switch (by.below(4)) {
    case 0:
      return copy.subarray(0, by.below(copy.length));
    case 1:
      return Buffer.concat([copy, copy.subarray(by.below(copy.length))]);
    default:
      return copy;
  }
}

for (const kind of ["gzip", "zstd"] as const)
  test(`${kind}: whatever is done to it, it is read or refused in words`, { timeout: 60_000 }, async () => {
    const by = chance(99);
    const whole = await collected(compress(inPieces(text, 7000), { algorithm: kind }));
    const seeds = [whole, Buffer.concat([whole, whole]), execFileSync(kind, ["-c"], { input: text })];
    for (let at = 0; at < 400; at++) {
      const bytes = damaged(seeds[at % seeds.length] as Buffer, by);
      try {
        await collected(decompress(inPieces(bytes, 1 + by.below(20_000)), kind, { maxBytes: 1_000_000 }));
      } catch (error) {
        assert.ok(error instanceof TsbuildError, `mutant ${at}: ${String(error)}`);
      }
    }
  });

for (const options of [
  ["-1"],
  ["-19"],
  ["--ultra", "-22"],
  ["--long=27"],
  ["--no-check"],
  ["--no-content-size"],
  ["-T2", "-B64KB"],
  ["--rsyncable", "-T1"],
])
  test(`zstd ${options.join(" ")} is read, in whatever pieces`, async () => {
    const frame = execFileSync("zstd", ["-c", ...options], { input: text });
    const bytes = Buffer.concat([frame, frame]);
    for (const pieceBytes of [1, 3, 1000, bytes.length]) {
      const back = await collected(decompress(inPieces(bytes, pieceBytes), "zstd", { maxBytes: 1_000_000 }));
      assert.ok(back.equals(Buffer.concat([text, text])));
    }
  });

test("gzip of several members is read, in whatever pieces", async () => {
  const bytes = Buffer.concat([gzipSync(text), gzipSync(""), gzipSync(noise(10))]);
  for (const pieceBytes of [1, 10, bytes.length]) {
    const back = await collected(decompress(inPieces(bytes, pieceBytes), "gzip", { maxBytes: 1_000_000 }));
    assert.ok(back.equals(Buffer.concat([text, noise(10)])));
  }
});
