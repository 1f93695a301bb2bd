import assert from "node:assert/strict";
import { test } from "node:test";
import { scratch, viewOf } from "../../testing/trees.ts";
import { fullPath, resolvePath } from "./resolve.ts";

const tree = [
  "a/b/c: x",
  "file: x",
  "to-a -> a",
  "to-root -> /",
  "abs -> /a/b",
  "up -> ../../../a",
  "a/b/back -> ../../file",
  "dangling -> no/where",
  "dangling-abs -> /no/../there",
  "through-file -> file/x",
  "loop -> loop",
  "ping -> pong",
  "pong -> ping",
  "etc/passwd: inside",
  "empty -> .",
  ...Array.from({ length: 41 }, (_, at) => `chain${at} -> ${at === 0 ? "a" : `chain${at - 1}`}`),
];

const rows: readonly [name: string, path: string, found: string, missing: string][] = [
  ["the root", "", "", ""],
  ["the root by slashes and dots", "/././/", "", ""],
  ["a plain path", "/a/b/c", "a/b/c", ""],
  ["dot-dot stays inside", "../../a/../a/b", "a/b", ""],
  ["a last link is followed", "to-a", "a", ""],
  ["a link in the middle is followed", "to-a/b/c", "a/b/c", ""],
  ["an absolute link starts at the tree's root", "abs/c", "a/b/c", ""],
  ["a link that climbs stops at the root", "up/b", "a/b", ""],
  ["dot-dot after a link counts from its target", "abs/../b/c", "a/b/c", ""],
  ["a link to a file", "a/b/back", "file", ""],
  ["a link to the root", "to-root/to-root/etc/passwd", "etc/passwd", ""],
  ["a link to its own directory", "empty/a", "a", ""],
  ["a missing tail is told", "a/x/y", "a", "x/y"],
  ["dot-dot shortens a missing tail", "a/x/../../file", "file", ""],
  ["a dangling link leads on", "dangling/x", "", "no/where/x"],
  ["an absolute dangling link", "dangling-abs", "", "there"],
  ["below a file nothing exists", "file/x", "file", "x"],
  ["a link through a file", "through-file", "file", "x"],
  ["forty links", "chain39/b", "a/b", ""],
];
for (const [name, from, found, missing] of rows)
  test(name, () => {
    using directory = scratch();
    using view = viewOf(directory.path, tree);
    const resolved = resolvePath(view, from);
    assert.equal(resolved.path, found);
    assert.equal(resolved.missing.join("/"), missing);
    assert.equal(fullPath(resolved), [found, missing].filter(Boolean).join("/"));
  });

for (const [name, from] of [
  ["a link to itself", "loop"],
  ["two links to each other", "ping/x"],
  ["forty-one links", "chain40"],
] as const)
  test(`${name} is a loop`, () => {
    using directory = scratch();
    using view = viewOf(directory.path, tree);
    assert.throws(() => resolvePath(view, from), { code: "LINK_LOOP" });
  });

test("a last link can be kept, those before it are followed", () => {
  using directory = scratch();
  using view = viewOf(directory.path, tree);
  assert.equal(resolvePath(view, "to-a/b/back", "keep").path, "a/b/back");
  assert.equal(resolvePath(view, "to-a/b/back", "keep").entry?.type, "symlink");
  assert.equal(resolvePath(view, "loop", "keep").path, "loop");
});
