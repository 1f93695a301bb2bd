import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesFromText, mountOverlay, openRootDir, rootDirFromFd } from "@tsbuild/runner-native";
import { openLayers } from "../../testing/stores.ts";
import { entry, path, scratch } from "../../testing/trees.ts";
import type { Layer } from "../../src/layer/layer.ts";
import { overlayIsOff } from "./overlay-off.ts";

/** Who extracts: root of the machine, root of a user namespace, or an ordinary user whose files all belong to himself. */
export type Extractor = "machine" | "user namespace" | "single";

/** net_bind_service, as setcap writes it. */
const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");

/** What a tree is like that needs more rights than an ordinary user has. */
export function ownedTreeContract(name: string, who: Extractor): void {
  const base = async (directory: string): Promise<{ tree: string; layer: Layer } & AsyncDisposable> => {
    const opened = await openLayers(join(directory, "store"));
    using writer = opened.layers.writer(undefined);
    writer.add(entry("home/u", { type: "directory", uid: 1000, gid: 1001, mode: 0o2700 }));
    writer.add(entry("home/u/set", { uid: 1000, gid: 1001, mode: 0o6755 }));
    writer.add(entry("home/u/link", { type: "symlink", linkTarget: "set", uid: 1000, gid: 1001 }));
    writer.add(entry("bind", { xattrs: new Map([["security.capability", capability]]) }));
    writer.add(entry("marked", { xattrs: new Map([["user.note", Buffer.from([0, 200])]]) }));
    writer.add(entry("null", { type: "char", deviceMajor: 1, deviceMinor: 3, mode: 0o666 }));
    const layer = await writer.finish();
    return { layer, tree: await layer.tree(), [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  };

  test(`${name}: owners and special modes`, async () => {
    using directory = scratch();
    await using made = await base(directory.path);
    const want = who === "single" ? [0, 0] : [1000, 1001];
    for (const file of ["home/u", "home/u/set", "home/u/link"]) {
      const { uid, gid } = lstatSync(join(made.tree, file));
      assert.deepEqual([uid, gid], want, file);
    }
    assert.equal(lstatSync(join(made.tree, "home/u")).mode & 0o7777, 0o2700);
    assert.equal(lstatSync(join(made.tree, "home/u/set")).mode & 0o7777, 0o6755);
  });

  test(`${name}: capabilities and attributes in their exact bytes`, async () => {
    using directory = scratch();
    await using made = await base(directory.path);
    using root = openRootDir(bytesFromText(made.tree));
    assert.deepEqual(root.listXattrs(path("bind")).get("security.capability"), capability);
    assert.deepEqual(root.listXattrs(path("marked")).get("user.note"), Buffer.from([0, 200]));
  });

  test(`${name}: devices where they may be made, an empty file elsewhere`, async () => {
    using directory = scratch();
    await using made = await base(directory.path);
    const stat = lstatSync(join(made.tree, "null"));
    assert.equal(who === "machine" ? stat.isCharacterDevice() : stat.isFile(), true);
    assert.equal(stat.mode & 0o7777, 0o666);
  });

  test(`${name}: what a layer removes is gone from the merged tree`, async () => {
    using directory = scratch();
    await using opened = await openLayers(join(directory.path, "store"));
    using below = opened.layers.writer(undefined);
    for (const file of ["gone", "kept", "d/old", "e/old"]) below.add(entry(file));
    const bottom = await below.finish();
    using above = opened.layers.writer(bottom);
    above.whiteout(path("gone"));
    above.whiteout(path("e/old"));
    above.add(entry("d", { type: "directory" }));
    above.add(entry("d/new"));
    above.opaque(path("d"));
    const top = await above.finish();
    const lower = [await top.tree(), await bottom.tree()];
    if (overlayIsOff) {
      assert.throws(() => mountOverlay({ lower }), { code: "FEATURE_MISSING" });
      return;
    }
    using merged = rootDirFromFd(mountOverlay({ lower }));
    const names = ["", "d", "e"].map((at) => merged.list(path(at)));
    assert.deepEqual(names, [["d", "e", "kept"], ["new"], []]);
  });
}
