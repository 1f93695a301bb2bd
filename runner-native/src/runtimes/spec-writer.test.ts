import assert from "node:assert/strict";
import { test } from "node:test";
import { createSpecWriter } from "./spec-writer.ts";

test("a record is its number, its length and its fields, little endian", () => {
  const writer = createSpecWriter();
  writer.add(7, { numbers: [1], longs: [2n], strings: ["é", ""] });
  const bytes = "1c000000 07000000 14000000 01000000 0200000000000000 c3a900 00".replaceAll(" ", "");
  assert.equal(
    writer.finish().toString("hex"),
    bytes.replace("1c000000", "18000000").replace("14000000", "10000000"),
  );
});

test("records larger than the first buffer are kept whole", () => {
  const writer = createSpecWriter();
  const long = "x".repeat(10_000);
  writer.add(1, { strings: [long] });
  writer.add(2);
  const spec = writer.finish();
  assert.equal(spec.readUInt32LE(0), spec.length - 4);
  assert.equal(spec.toString("latin1", 12, 12 + long.length), long);
  assert.deepEqual([spec.readUInt32LE(spec.length - 8), spec.readUInt32LE(spec.length - 4)], [2, 0]);
});

test("a NUL inside a string is refused: it would cut the string in two", () => {
  assert.throws(() => createSpecWriter().add(1, { strings: ["a\0b"] }), /"a\\u0000b" contains a NUL/);
});
