import assert from "node:assert/strict";
import { test } from "node:test";
import { entry } from "../../testing/trees.ts";
import { createIndexBuilder, plainDirectory } from "./index-builder.ts";
import { decodeIndex, encodeIndex } from "./index-file.ts";
import type { LayerIndex } from "./layer-index.ts";

function sample(): LayerIndex {
  const builder = createIndexBuilder();
  builder.add(entry("", { type: "directory", mode: 0o1777, mtimeSeconds: -1 }), undefined);
  builder.add(entry("a\xff", { size: 2 ** 40, mtimeNanoseconds: 5, uid: 2 ** 32 - 2 }), 2 ** 41);
  builder.add(entry("a\xff2", { type: "hardlink", linkTarget: "a\xff" }), undefined);
  builder.add(entry("dev", { type: "block", deviceMajor: 4095, deviceMinor: 1048575 }), undefined);
  builder.add(entry("link", { type: "symlink", linkTarget: "" }), undefined);
  builder.add(entry("x", { xattrs: new Map([["user.\xc3\xa4", Buffer.from([0, 128, 255])]]) }), 0);
  builder.add(entry(".wh.gone"), 0);
  builder.add(entry("d/.wh..wh..opq"), 0);
  return builder.finish(() => plainDirectory);
}

test("an index comes back from its file as it was", () => {
  const index = sample();
  assert.deepEqual(decodeIndex(encodeIndex(index)), index);
});

test("a file at any place in memory is read", () => {
  const file = encodeIndex(sample());
  const shifted = Buffer.concat([Buffer.alloc(3), file]).subarray(3);
  assert.deepEqual(decodeIndex(shifted), sample());
});

test("a torn or foreign file is no index", () => {
  const file = encodeIndex(sample());
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(64),
    file.subarray(0, file.length - 1),
    Buffer.concat([file, file]),
  ])
    assert.equal(decodeIndex(bytes), undefined);
  const spoiled = Buffer.from(file);
  spoiled[spoiled.length - 1] = 0;
  assert.equal(decodeIndex(spoiled), undefined);
});

test("an empty index has a file too", () => {
  const empty = createIndexBuilder().finish(() => plainDirectory);
  assert.deepEqual(decodeIndex(encodeIndex(empty)), empty);
});
