import assert from "node:assert/strict";
import { test } from "node:test";
import { entry, path, type TreeLine, layerOf, scratch } from "../../testing/trees.ts";
import type { TarEntry } from "../tar/entry.ts";
import { createIndexBuilder, plainDirectory } from "./index-builder.ts";
import type { LayerIndex } from "./layer-index.ts";

function indexOf(lines: readonly TreeLine[]): LayerIndex {
  using directory = scratch();
  return layerOf(directory.path, lines).index;
}

/** `path type` or `path type target`, in the index's order. */
function shown(index: LayerIndex): string[] {
  return Array.from(index.entries.values(), (it) =>
    [it.path, it.type, ...(it.linkTarget === undefined ? [] : [it.linkTarget])].join(" "),
  );
}

const merging: readonly [name: string, lines: TreeLine[], want: string[]][] = [
  ["paths come in byte order", ["b", "a/", "a-b", "a/c"], ["a directory", "a-b file", "a/c file", "b file"]],
  ["missing parents are implied", ["a/b/c"], ["a directory", "a/b directory", "a/b/c file"]],
  ["a later file replaces an earlier one", ["a: 1", "a: 22"], ["a file"]],
  ["a file replaces a directory and what is below", ["d/", "d/e/f", "d"], ["d file"]],
  ["a link replaces a directory and what is below", ["d/x", "d -> /etc"], ["d symlink /etc"]],
  ["a directory replaces a link", ["d -> /etc", "d/", "d/x"], ["d directory", "d/x file"]],
  ["a directory stays with its content", ["d/", "d/x", "d/"], ["d directory", "d/x file"]],
  ["the first name by bytes holds the data", ["b", "a = b"], ["a file", "b hardlink a"]],
  [
    "a link to a link is a link to the file",
    ["a", "b = a", "c = b"],
    ["a file", "b hardlink a", "c hardlink a"],
  ],
  [
    "a linked file outlives its first name",
    ["a", "b = a", "c = a", "a -> x"],
    ["a symlink x", "b file", "c hardlink b"],
  ],
  ["a name may be linked again to what it was", ["a", "b = a", "a = b"], ["a file", "b hardlink a"]],
  ["a symbolic link can be linked", ["a -> x", "b = a"], ["a symlink x", "b hardlink a"]],
  ["dots and slashes are cleaned", ["./a//b/.", "/c"], ["a directory", "a/b file", "c file"]],
  ["names keep their bytes", ["\xff", "\xfe"], ["\xfe file", "\xff file"]],
];
for (const [name, lines, want] of merging) test(name, () => assert.deepEqual(shown(indexOf(lines)), want));

test("a replaced file's bytes stay with the name that was linked to it", () => {
  const index = indexOf(["a: old", "b = a", "a: newer"]);
  assert.equal(index.entries.get(path("a"))?.size, 5);
  assert.equal(index.entries.get(path("b"))?.size, 3);
  assert.equal(index.entries.get(path("b"))?.contentOffset, 0);
});

test("whiteouts are names, not entries", () => {
  const index = indexOf(["d/.wh.x", "e/.wh..wh..opq", ".wh..wh.plnk", "y", ".wh.y"]);
  assert.deepEqual(shown(index), ["d directory", "e directory", "y file"]);
  assert.deepEqual([...index.whiteouts], ["d/x", "y"]);
  assert.deepEqual([...index.opaques], ["e"]);
});

const refused: readonly [name: string, code: string, lines: TreeLine[]][] = [
  ["dot-dot", "TAR_ESCAPES", ["../x"]],
  ["dot-dot inside", "TAR_ESCAPES", ["a/../../x"]],
  ["NUL", "TAR_ESCAPES", ["a\0b"]],
  ["a component of 256 bytes", "TAR_ESCAPES", ["x".repeat(256)]],
  ["an entry below a link", "TAR_ESCAPES", ["d -> /etc", "d/x"]],
  ["an entry below a file", "TAR_ESCAPES", ["d", "d/x"]],
  ["a whiteout below a link", "TAR_ESCAPES", ["d -> /etc", "d/.wh.x"]],
  ["an opaque marker below a link", "TAR_ESCAPES", ["d -> /etc", "d/.wh..wh..opq"]],
  ["a whiteout of nothing", "TAR_INVALID", ["d/.wh."]],
  ["a whiteout of dot-dot", "TAR_INVALID", ["d/.wh..."]],
  ["a whiteout of dot", "TAR_INVALID", ["d/.wh.."]],
  ["an entry below a whiteout", "TAR_INVALID", [".wh.d/x"]],
  ["a hard link out", "TAR_ESCAPES", ["a = ../x"]],
  ["a hard link to nothing", "TAR_INVALID", ["a = b"]],
  ["a hard link to a later entry", "TAR_INVALID", ["a = b", "b"]],
  ["a hard link to itself", "TAR_INVALID", ["a", "a = a"]],
  ["a hard link to a directory", "TAR_INVALID", ["d/", "a = d"]],
  ["a hard link through a link", "TAR_INVALID", ["e/f", "d -> e", "a = d/f"]],
  ["a root that is a link", "TAR_INVALID", [". -> /etc"]],
  ["a forged overlay whiteout", "TAR_INVALID", [["a", { type: "char" }]]],
];
for (const [name, code, lines] of refused)
  test(`refuses ${name}`, () => assert.throws(() => indexOf(lines), { code }));

test("attributes that only overlayfs or another machine would understand are dropped", () => {
  const xattrs = new Map(
    [
      "user.a",
      "user.overlay.opaque",
      "trusted.overlay.opaque",
      "security.selinux",
      "system.posix_acl_access",
    ].map((name) => [name, Buffer.from("y")]),
  );
  const capability = Buffer.from("0000000301000000000000000000000000000000e8030000", "hex");
  capability[3] = 3;
  xattrs.set("security.capability", capability);
  const kept = indexOf([["f", { xattrs }]]).entries.get(path("f"))?.xattrs;
  assert.deepEqual(
    [...(kept ?? [])].map(([name]) => name),
    ["security.capability", "user.a"],
  );
  assert.equal(kept?.get("security.capability")?.length, 20);
  assert.equal(kept?.get("security.capability")?.[3], 2);
});

test("implied directories get the metadata of the chain below, entries of their own win", () => {
  const builder = createIndexBuilder();
  builder.add(entry("tmp/a/x"), 0);
  builder.add(entry("tmp/a", { type: "directory", mode: 0o700 }), undefined);
  const asked: string[] = [];
  const index = builder.finish((at) => {
    asked.push(at);
    return { ...plainDirectory, mode: 0o1777 };
  });
  assert.deepEqual(asked, ["tmp"]);
  assert.equal(index.entries.get(path("tmp"))?.mode, 0o1777);
  assert.equal(index.entries.get(path("tmp/a"))?.mode, 0o700);
});

test("replacing linked names again and again stays linear", () => {
  const builder = createIndexBuilder();
  const add = (name: string, fields: Partial<TarEntry>): void => void builder.add(entry(name, fields), 0);
  add("n0", {});
  for (let at = 1; at < 20_000; at++) add(`n${at}`, { type: "hardlink", linkTarget: "n0" });
  for (let at = 0; at < 20_000; at++) add(`n${at}`, {});
  for (let at = 0; at < 2_000; at++) {
    add("d", { type: "directory" });
    add("d/x", {});
    add("d", {});
  }
  assert.equal(builder.finish(() => plainDirectory).entries.size, 20_001);
});
