import assert from "node:assert/strict";
import { test } from "node:test";
import { path, scratch, type TreeLine, viewOf } from "../../testing/trees.ts";
import { readText } from "../tree/read-content.ts";
import type { TreeView } from "../tree/tree-view.ts";
import { walk } from "../tree/walk.ts";

function paths(view: TreeView): string[] {
  return Array.from(walk(view, path("")), (it) => it.path).slice(1);
}

const merges: readonly [name: string, layers: TreeLine[][], want: string[]][] = [
  ["no layers", [], []],
  ["layers add up", [["a/x"], ["a/y", "b"]], ["a", "a/x", "a/y", "b"]],
  ["a whiteout removes a file", [["a", "b"], [".wh.a"]], ["b"]],
  ["a whiteout removes a directory with its content", [["d/x", "d/y/z"], [".wh.d"]], []],
  ["a whiteout does not touch its own layer", [["d/x"], [".wh.d", "d/y"]], ["d", "d/y"]],
  ["a whiteout after its own layer's entry", [["a: 1"], ["a: 2", ".wh.a"]], ["a"]],
  ["a name comes back in a higher layer", [["a"], [".wh.a"], ["a"]], ["a"]],
  ["a directory comes back empty", [["d/x"], [".wh.d"], ["d/"]], ["d"]],
  [
    "an opaque directory hides what is below",
    [
      ["d/x", "d/e/f"],
      ["d/.wh..wh..opq", "d/y"],
    ],
    ["d", "d/y"],
  ],
  [
    "an opaque marker hides from the layers above it too",
    [["d/x"], ["d/.wh..wh..opq"], ["d/z"]],
    ["d", "d/z"],
  ],
  [
    "an opaque root",
    [
      ["a", "b/c"],
      [".wh..wh..opq", "z"],
    ],
    ["z"],
  ],
  ["a file hides a directory", [["d/x"], ["d"]], ["d"]],
  ["a directory over a file is new", [["d/x"], ["d"], ["d/y"]], ["d", "d/y"]],
  ["a link hides a directory", [["d/x"], ["d -> e"]], ["d"]],
  ["a whiteout below an opaque directory", [["d/x"], ["d/.wh..wh..opq", "d/.wh.x"]], ["d"]],
];
for (const [name, layers, want] of merges)
  test(name, () => {
    using directory = scratch();
    using view = viewOf(directory.path, ...layers);
    assert.deepEqual(paths(view), want);
  });

test("what is hidden is not found either", () => {
  using directory = scratch();
  using view = viewOf(directory.path, ["d/x", "d/y", "l/z"], ["d/.wh.x", "l -> d"]);
  assert.equal(view.lookup(path("d/x")), undefined);
  assert.equal(view.lookup(path("d/y"))?.type, "file");
  assert.equal(view.lookup(path("l/z")), undefined);
  assert.equal(view.lookup(path("l/y")), undefined, "a path through a link is not found");
  assert.deepEqual(view.list(path("l")), []);
});

test("the topmost metadata of a directory counts", () => {
  using directory = scratch();
  using view = viewOf(
    directory.path,
    [["tmp/", { mode: 0o1777 }], "tmp/a"],
    ["tmp/b", ["tmp/", { mode: 0o700, uid: 5 }]],
  );
  assert.equal(view.lookup(path("tmp"))?.mode, 0o700);
  assert.equal(view.lookup(path("tmp"))?.uid, 5);
});

test("hard links share their metadata and their group", () => {
  using directory = scratch();
  using view = viewOf(directory.path, ["a: data", "b = a", "c: data"], ["d: data", "e = d"]);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => view.lookup(path(name)));
  assert.equal(b?.type, "file");
  assert.equal(b?.size, 4);
  assert.equal(a?.hardlinkGroup, b?.hardlinkGroup);
  assert.equal(c?.hardlinkGroup, undefined);
  assert.notEqual(a?.hardlinkGroup, d?.hardlinkGroup);
});

test("contents come from the layer that has the file", async () => {
  using directory = scratch();
  using view = viewOf(directory.path, ["a: low", "b: kept", "l = b"], ["a: high"]);
  assert.throws(() => view.content(path("a")), { code: "BLOB_MISSING" });
  assert.equal(await readText(view, "/a", 100), "high");
  assert.equal(await readText(view, "b", 100), "kept");
  assert.equal(await readText(view, "l", 100), "kept");
  assert.equal(await readText(view, "none", 100), undefined);
  await assert.rejects(readText(view, "b", 3), { code: "BLOB_TOO_LARGE" });
});
