import assert from "node:assert/strict";
import { test } from "node:test";
import { type TreePath, rootPath } from "@tsbuild/runner-native";
import { digestOfTree } from "../../testing/digest-of-tree.ts";
import { memoryView } from "../../testing/memory-view.ts";
import { type Digest, digestOf } from "../digest.ts";

interface TestFile {
  readonly text: string;
  readonly group?: string;
}

/** The digest of a tree of files; those of one group are hard links to each other. */
function digestFiles(files: Readonly<Record<string, TestFile>>): Digest {
  const nodes = Object.entries(files).map(([path, { text, group }]) => [
    path,
    { type: "file", mode: 0o644, size: text.length, hardlinkGroup: group } as const,
  ]);
  return digestOfTree(memoryView(Object.fromEntries(nodes)), [rootPath], {
    xattrs: "layer",
    remembered: (path: TreePath) => digestOf(Buffer.from(files[path]?.text ?? "")),
  });
}

const one = { text: "1" };
const two = { text: "2" };
const linked = (file: TestFile, group = "g"): TestFile => ({ ...file, group });
const base = { a: one, b: linked(two), c: linked(two) };

for (const [name, files] of [
  ["which of two files a third is a link to", { a: linked(one), b: two, c: linked(one) }],
  ["whether two files are links to each other", { a: one, b: two, c: two }],
  ["what a file is called", { a: one, b: linked(two), d: linked(two) }],
  ["the bytes of a file", { a: two, b: linked(two), c: linked(two) }],
] as const)
  test(`the digest tells ${name}`, () => {
    assert.notEqual(digestFiles(files), digestFiles(base));
  });

test("what a group of links is called in a view means nothing", () => {
  assert.equal(digestFiles({ a: one, b: linked(two, "h"), c: linked(two, "h") }), digestFiles(base));
});

test("a file whose other names are not selected counts as a plain file", () => {
  assert.equal(digestFiles({ a: linked(one) }), digestFiles({ a: one }));
});
