import assert from "node:assert/strict";
import { test } from "node:test";
import type { EntryType, TarEntry } from "@tsbuild/layers";
import { compareTrees, describeLayer, flatten, type Tree, withoutUntouched } from "./item.ts";
import type { LayerItems } from "./layer.ts";

const startedSeconds = 1000;

function layer(...lines: readonly (readonly [string, EntryType, Partial<TarEntry>?])[]): Tree {
  const items: LayerItems = new Map(
    lines.map(([path, type, more]) => {
      const entry: TarEntry = {
        path,
        type,
        mode: type === "directory" ? 0o755 : 0o644,
        uid: 0,
        gid: 0,
        size: 0,
        mtimeSeconds: 5,
        mtimeNanoseconds: 0,
        linkTarget: undefined,
        deviceMajor: 0,
        deviceMinor: 0,
        xattrs: undefined,
        ...more,
      };
      return [path, { entry, content: type === "file" ? `digest of ${path}` : "" }];
    }),
  );
  return describeLayer(items, startedSeconds);
}

test("every property that differs is a line, and a path that one lacks is one", () => {
  const xattrs = new Map([["security.capability", Buffer.from("01", "hex")]]);
  const ours = layer(
    ["f", "file", { mode: 0o4755, uid: 3, xattrs }],
    ["g", "file"],
    ["d", "char", { deviceMajor: 1 }],
  );
  const theirs = layer(
    ["f", "file", { mode: 0o755, size: 2 }],
    ["d", "char"],
    ["h", "symlink", { linkTarget: "x" }],
  );
  assert.deepEqual(compareTrees(ours, theirs, "docker"), [
    "d: device 1:0 | 0:0",
    "f: mode 4755 | 0755",
    "f: owner 3:0 | 0:0",
    "f: size 0 | 2",
    "f: xattrs security.capability=01 | none",
    "g: only tsbuild has this file",
    "h: only docker has this symlink",
  ]);
});

test("contents, types and link targets are compared", () => {
  const ours = layer(["a", "file"], ["b", "file"], ["c", "symlink", { linkTarget: "x" }]);
  const theirs: Tree = new Map([
    ["a", { ...ours.get("a"), content: "another digest" }],
    ["b", { ...ours.get("b"), type: "directory" }],
    ["c", { ...ours.get("c"), target: '"y"' }],
  ]);
  assert.deepEqual(compareTrees(ours, theirs, "docker"), [
    "a: content",
    "b: file | directory",
    'c: target "x" | "y"',
  ]);
});

test("which name of a hard link comes first in the tar says nothing", () => {
  const first = layer(["a", "file"], ["b", "hardlink", { linkTarget: "a" }]);
  const second = layer(["b", "file"], ["a", "hardlink", { linkTarget: "b" }]);
  const renamed = new Map([...second].map(([path, each]) => [path, { ...each, content: "digest of a" }]));
  assert.deepEqual(compareTrees(first, renamed, "docker"), []);
  const apart = layer(["a", "file"], ["b", "file"]);
  assert.deepEqual(
    compareTrees(first, apart, "docker").filter((line) => line.includes("links")),
    ["a: links a b | none", "b: links a b | none"],
  );
});

test("times of the build itself are all alike, older ones count, those of directories do not", () => {
  const ours = layer(["a", "file", { mtimeSeconds: 1000 }], ["b", "file"], ["d", "directory"]);
  const theirs = layer(
    ["a", "file", { mtimeSeconds: 2000 }],
    ["b", "file", { mtimeSeconds: 6 }],
    ["d", "directory", { mtimeSeconds: 7 }],
  );
  assert.deepEqual(compareTrees(ours, theirs, "docker"), [
    "b: time 1970-01-01T00:00:05.000Z | 1970-01-01T00:00:06.000Z",
  ]);
});

test("layers flatten: whiteouts, opaque directories and files in place of directories hide what is below", () => {
  const below = layer(
    ["a", "file"],
    ["d", "directory"],
    ["d/x", "file"],
    ["e", "directory"],
    ["e/y", "file"],
    ["f", "directory"],
    ["f/z", "file"],
  );
  const above = layer(
    [".wh.a", "file"],
    ["d", "directory"],
    ["d/.wh..wh..opq", "file"],
    ["d/new", "file"],
    [".wh.e", "file"],
    ["f", "file"],
  );
  assert.deepEqual([...flatten([below, above]).keys()].sort(), ["d", "d/new", "f"]);
});

test("a directory that is as it was counts only with something in it", () => {
  const below = layer(["d", "directory"], ["e", "directory"], ["e/f", "directory"]);
  const touched = layer(
    ["d", "directory", { mtimeSeconds: 2000 }],
    ["e", "directory"],
    ["e/f", "directory", { mode: 0o700 }],
    ["g", "directory"],
  );
  assert.deepEqual([...withoutUntouched(touched, below).keys()].sort(), ["e", "e/f", "g"]);
});
