import assert from "node:assert/strict";
import { test } from "node:test";
import { rootPath } from "@tsbuild/runner-native";
import { path, scratch, type TreeLine } from "../../testing/trees.ts";
import { digestOfTree } from "../../testing/digest-of-tree.ts";
import { readContent, readText } from "../../src/tree/read-content.ts";
import { resolvePath } from "../../src/tree/resolve.ts";
import type { TreeView } from "../../src/tree/tree-view.ts";
import { walk } from "../../src/tree/walk.ts";

/** Makes a view of a tree given as lines, with whatever it needs below `directory`. */
export type MakeView = (directory: string, lines: readonly TreeLine[]) => Promise<TreeView>;

const lines: readonly TreeLine[] = [
  ["d/", { mode: 0o2750, mtimeSeconds: 77 }],
  ["d/file: content", { mode: 0o4640, mtimeSeconds: 1234 }],
  "d/hard = d/file",
  "d/e/deep: x",
  "empty/",
  "link -> d/file",
  "loop -> loop",
  "to-d -> /d",
  ["pipe", { type: "fifo", mode: 0o600 }],
  "zero",
  "\xff\xfe: not utf-8",
  "d-: sorts before what is below d",
];

/** What every TreeView promises. */
export function treeViewContract(name: string, make: MakeView): void {
  const check = (behaviour: string, act: (view: TreeView) => void | Promise<void>): void =>
    void test(`${name}: ${behaviour}`, async () => {
      using directory = scratch();
      using view = await make(directory.path, lines);
      await act(view);
    });

  check("looks up what is there, as lstat would", (view) => {
    const file = view.lookup(path("d/file"));
    assert.deepEqual(
      [file?.type, file?.mode, file?.size, file?.mtimeSeconds, file?.mtimeNanoseconds, file?.linkTarget],
      ["file", 0o4640, 7, 1234, 0, undefined],
    );
    const directory = view.lookup(path("d"));
    assert.deepEqual(
      [directory?.type, directory?.mode, directory?.size, directory?.mtimeSeconds],
      ["directory", 0o2750, 0, 77],
    );
    const link = view.lookup(path("link"));
    assert.deepEqual([link?.type, link?.mode, link?.size, link?.linkTarget], ["symlink", 0o777, 0, "d/file"]);
    assert.equal(view.lookup(path("pipe"))?.type, "fifo");
    assert.equal(view.lookup(rootPath)?.type, "directory");
  });

  check("finds nothing through links and files, nor what is not there", (view) => {
    for (const missing of ["none", "none/x", "link/x", "to-d/file", "d/file/x", "loop/x", "D"])
      assert.equal(view.lookup(path(missing)), undefined, missing);
  });

  check("lists names in byte order, and nothing of what is no directory", (view) => {
    const names = ["d", "d-", "empty", "link", "loop", "pipe", "to-d", "zero", "\xff\xfe"];
    assert.deepEqual(view.list(rootPath), names);
    assert.deepEqual(view.list(path("d")), ["e", "file", "hard"]);
    for (const other of ["empty", "link", "to-d", "d/file", "none"])
      assert.deepEqual(view.list(path(other)), [], other);
  });

  check("groups names of one file", (view) => {
    const group = view.lookup(path("d/file"))?.hardlinkGroup;
    assert.ok(group !== undefined);
    assert.equal(view.lookup(path("d/hard"))?.hardlinkGroup, group);
    assert.equal(view.lookup(path("zero"))?.hardlinkGroup, undefined);
    assert.equal(view.lookup(path("d"))?.hardlinkGroup, undefined);
  });

  check("gives contents after prepare", async (view) => {
    await view.prepare([rootPath]);
    for (const [file, want] of [
      ["d/file", "content"],
      ["d/hard", "content"],
      ["zero", ""],
      ["\xff\xfe", "not utf-8"],
    ] as const) {
      const content = view.content(path(file));
      const parts: Buffer[] = [];
      assert.equal(
        readContent(content, (slice) => parts.push(Buffer.from(slice))),
        want.length,
      );
      content.close();
      assert.equal(Buffer.concat(parts).toString(), want);
    }
  });

  check("has contents of regular files only", async (view) => {
    await view.prepare([rootPath]);
    for (const other of ["d", "link", "pipe", "none", "link/x"])
      assert.throws(() => view.content(path(other)), { name: "TsbuildError" }, other);
  });

  check("serves path resolution and small texts", async (view) => {
    assert.equal(resolvePath(view, "to-d/../link").path, "d/file");
    assert.equal(await readText(view, "/to-d/hard", 100), "content");
    assert.equal(await readText(view, "/empty", 100), undefined);
  });

  check("is walked parents first, names in byte order", (view) => {
    const want = [
      "",
      "d",
      "d/e",
      "d/e/deep",
      "d/file",
      "d/hard",
      "d-",
      "empty",
      "link",
      "loop",
      "pipe",
      "to-d",
      "zero",
      "\xff\xfe",
    ];
    assert.deepEqual(
      Array.from(walk(view, rootPath), (it) => it.path),
      want,
    );
    const top = Array.from(
      walk(view, rootPath, (it) => it === rootPath),
      (it) => it.path,
    );
    assert.equal(top.length, 10);
  });

  const digestOf = async (changed: readonly TreeLine[], paths: readonly string[] = [""]): Promise<string> => {
    using directory = scratch();
    using view = await make(directory.path, changed);
    await view.prepare(paths.map(path));
    return digestOfTree(view, paths.map(path), { xattrs: "context" });
  };

  test(`${name}: the content digest is the same for the same tree, whatever its times`, async () => {
    const later = lines.map(
      (line): TreeLine =>
        typeof line === "string" ? [line, { mtimeSeconds: 5 }] : [line[0], { ...line[1], mtimeSeconds: 5 }],
    );
    assert.equal(await digestOf(lines), await digestOf(later));
  });

  const changes: readonly [what: string, from: TreeLine[], to: TreeLine[]][] = [
    ["a name", ["a: x"], ["b: x"]],
    ["bytes", ["a: x"], ["a: y"]],
    ["a type", ["a"], ["a/"]],
    ["a mode", ["a"], [["a", { mode: 0o755 }]]],
    ["a link's target", ["a -> x"], ["a -> y"]],
    ["whether files are one file", ["a: x", "b: x"], ["a: x", "b = a"]],
    ["an empty directory", ["d/"], ["d/", "d/e/"]],
    ["where a file is", ["d/", "e/", "d/a: x"], ["d/", "e/", "e/a: x"]],
  ];
  for (const [what, from, to] of changes)
    test(`${name}: the content digest tells ${what}`, async () => {
      assert.notEqual(await digestOf(from), await digestOf(to));
    });

  test(`${name}: the content digest sees only the paths it is given`, async () => {
    const from: TreeLine[] = ["d/", "d/a: x", "e: y"];
    assert.equal(await digestOf(from, ["d"]), await digestOf([...from, "z: more"], ["d"]));
    assert.notEqual(await digestOf(from, ["d"]), await digestOf(from, ["d", "e"]));
  });
}
