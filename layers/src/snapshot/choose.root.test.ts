import assert from "node:assert/strict";
import { closeSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  currentDirectory,
  fsConfigString,
  fsCreate,
  fsMount,
  fsOpen,
  mountOverlay,
  moveMount,
  unmount,
  unmountFlags,
} from "@tsbuild/runner-native";
import { withDisabled } from "../../../runner-native/test/disabled.ts";
import { inRootfs } from "../../test/contracts/in-rootfs.ts";
import { makeBase, told } from "../../test/contracts/snapshotter.ts";
import { type OpenedStore, openLayers } from "../../testing/stores.ts";
import { entry, scratch } from "../../testing/trees.ts";
import { chooseSnapshotter, createChosenSnapshotter } from "./choose.ts";
import type { Snapshotter } from "./snapshotter.ts";

async function runSomething({ layers }: OpenedStore, snapshotter: Snapshotter): Promise<void> {
  await using snapshot = await snapshotter.prepare(await makeBase(layers));
  inRootfs(snapshot.rootfs, (at) => writeFileSync(join(at, "new"), ""));
  assert.deepEqual(told(await (await snapshot.freeze([])).index()), ["file new"]);
}

/** A directory on a file system of its own, mounted for as long as the scope lasts (SQLite takes no path through /proc). */
interface Place extends Disposable {
  readonly path: string;
}

function mounted(mountFd: number): Place {
  const place = scratch();
  const path = join(place.path, "mounted");
  mkdirSync(path);
  moveMount(mountFd, currentDirectory, path);
  closeSync(mountFd);
  return {
    path,
    [Symbol.dispose]() {
      unmount(path, unmountFlags.detach);
      place[Symbol.dispose]();
    },
  };
}

function tmpfs(): Place {
  const context = fsOpen("tmpfs");
  fsConfigString(context, "size", "16m");
  fsCreate(context);
  return mounted(fsMount(context));
}

function overlayOver(directory: string): Place {
  const [lower, upper, work] = ["lower", "upper", "work"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [lower, upper, work]) mkdirSync(path);
  return mounted(mountOverlay({ lower: [lower], writable: { upper, work } }));
}

test("an ordinary store gets overlay mounts", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const { snapshotter, sentence } = chooseSnapshotter(opened, "auto");
  assert.equal(snapshotter.kind, "overlay");
  assert.equal(sentence, "RUN steps write into overlay mounts");
  await runSomething(opened, snapshotter);
});

test("a store on tmpfs gets overlay mounts", async () => {
  using place = tmpfs();
  await using opened = await openLayers(join(place.path, "store"));
  const { snapshotter } = chooseSnapshotter(opened, "auto");
  assert.equal(snapshotter.kind, "overlay");
  await runSomething(opened, snapshotter);
});

test("a store on an overlay mount gets copies, and the reason is said", async () => {
  using directory = scratch();
  using place = overlayOver(directory.path);
  await using opened = await openLayers(join(place.path, "store"));
  const { snapshotter, sentence } = chooseSnapshotter(opened, "auto");
  assert.equal(snapshotter.kind, "copy");
  assert.match(sentence, /^RUN steps copy all files of their base, .* because .* itself on an overlay mount/);
  await runSomething(opened, snapshotter);
  assert.throws(() => chooseSnapshotter(opened, "overlay"), { code: "SNAPSHOTTER_UNUSABLE" });
});

test("what is asked for or switched off decides", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  assert.equal(chooseSnapshotter(opened, "copy").snapshotter.kind, "copy");
  assert.equal(chooseSnapshotter(opened, "overlay").snapshotter.kind, "overlay");
  withDisabled("overlay", () => {
    const { snapshotter, sentence } = chooseSnapshotter(opened, "auto");
    assert.equal(snapshotter.kind, "copy");
    assert.match(sentence, /switched off by TSBUILD_DISABLE/);
  });
});

test("nothing is chosen before it is needed, and then once", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const told: string[] = [];
  const onChosen = (sentence: string): void => void told.push(sentence);
  const snapshotter = createChosenSnapshotter(opened, { wish: "auto", onChosen });
  assert.deepEqual(told, []);
  await runSomething(opened, snapshotter);
  await runSomething(opened, snapshotter);
  assert.equal(snapshotter.kind, "overlay");
  assert.deepEqual(told, ["RUN steps write into overlay mounts"]);
});

test("a copy for which there is no room is refused in words", async () => {
  using place = tmpfs();
  await using opened = await openLayers(join(place.path, "store"));
  using writer = opened.layers.writer(undefined);
  const content = Buffer.alloc(6 << 20, "content");
  writer.add(entry("large", { size: content.length }), content);
  const base = await writer.finish();
  const { snapshotter } = chooseSnapshotter(opened, "copy");
  writeFileSync(join(place.path, "filler"), Buffer.alloc(8 << 20));
  await assert.rejects(snapshotter.prepare(base), { code: "STORE_FULL" });
});
