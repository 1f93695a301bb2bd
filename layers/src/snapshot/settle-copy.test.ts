import assert from "node:assert/strict";
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesFromText, openRootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { withDisabled } from "../../../runner-native/test/disabled.ts";
import { runRows } from "../../test/contracts/run-rows.ts";
import { makeBase, told } from "../../test/contracts/snapshotter.ts";
import { openLayers } from "../../testing/stores.ts";
import { entry, scratch } from "../../testing/trees.ts";
import { createTurns } from "../turns.ts";
import { createContentCopier } from "./copy-content.ts";
import { settleCopy } from "./settle-copy.ts";
import { writeTree } from "./write-tree.ts";

const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

test("whoever runs it, with a single id: what belongs to a layer", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  using below = await opened.layers.view(await makeBase(opened.layers));
  await below.prepare([rootPath]);
  for (const [name, act, want, needs] of runRows) {
    if (needs) continue;
    const path = join(directory.path, "rootfs");
    mkdirSync(path);
    using root = openRootDir(bytesFromText(path));
    const { standIns } = await writeTree(below, root, { ownership: "single" });
    writeFileSync(join(directory.path, "copied"), "");
    using around = openRootDir(bytesFromText(directory.path));
    const copied = around.lstat("copied" as TreePath);
    act(path);
    const index = await settleCopy({ root, below, copied, standIns, owner, stubs: [] });
    assert.deepEqual(told(index), want, name);
    rmSync(path, { recursive: true });
    rmSync(join(directory.path, "copied"));
  }
});

test("a device that this user may not make is stood in for, and is no change", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  using writer = opened.layers.writer(undefined);
  writer.add(entry("null", { type: "char", deviceMajor: 1, deviceMinor: 3, mode: 0o666 }));
  using below = await opened.layers.view(await writer.finish());
  const path = join(directory.path, "rootfs");
  mkdirSync(path);
  using root = openRootDir(bytesFromText(path));
  const { standIns } = await writeTree(below, root, { ownership: "single" });
  assert.equal(lstatSync(join(path, "null")).isFile(), standIns.has("null" as TreePath));
  const copied = { ctimeSeconds: 0, ctimeNanoseconds: 0 };
  assert.deepEqual(told(await settleCopy({ root, below, copied, standIns, owner, stubs: [] })), []);
});

const ways: readonly (readonly [string, string])[] = [
  ["the best way there is", ""],
  ["the kernel's copying", "reflink"],
  ["reading and writing", "reflink,copy_file_range"],
];

for (const [name, disabled] of ways) {
  test(`content is copied by ${name}, whole and from the middle of a file`, async () => {
    using directory = scratch();
    const copier = withDisabled(disabled, createContentCopier);
    const [from, to] = [join(directory.path, "from"), join(directory.path, "to")];
    writeFileSync(from, "0123456789".repeat(100_000));
    const fd = openSync(from, "r");
    for (const [offset, size] of [
      [0, 1_000_000],
      [3, 500_001],
      [999_999, 1],
      [5, 0],
    ] as const) {
      const toFd = openSync(to, "w");
      await copier.copy({ fd, offset, size, close: () => {} }, toFd, createTurns());
      closeSync(toFd);
      assert.deepEqual(readFileSync(to), readFileSync(from).subarray(offset, offset + size));
    }
    closeSync(fd);
  });

  test(`copying a large file by ${name} ends with the signal in the middle`, async () => {
    using directory = scratch();
    const copier = withDisabled(disabled, createContentCopier);
    const stop = new AbortController();
    const reason = new Error("enough");
    const size = 64 << 20;
    const fd = openSync(join(directory.path, "from"), "w+");
    truncateSync(join(directory.path, "from"), size);
    const toFd = openSync(join(directory.path, "to"), "w+");
    setImmediate(() => stop.abort(reason));
    // Not the whole file, so that it is no clone.
    const copying = copier.copy(
      { fd, offset: 1, size: size - 1, close: () => {} },
      toFd,
      createTurns(stop.signal),
    );
    await assert.rejects(copying, reason);
    assert.ok(fstatSync(toFd).size < size - 1);
    for (const open of [fd, toFd]) closeSync(open);
  });
}
