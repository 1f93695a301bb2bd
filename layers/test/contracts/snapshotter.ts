import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { MountStub } from "@tsbuild/runner-native";
import type { Layer } from "../../src/layer/layer.ts";
import type { LayerIndex } from "../../src/layer-index/layer-index.ts";
import type { LayerStore } from "../../src/layer/layer-store.ts";
import { readText } from "../../src/tree/read-content.ts";
import type { Snapshotter, SnapshotterDeps } from "../../src/snapshot/snapshotter.ts";
import { type OpenedStore, openLayers } from "../../testing/stores.ts";
import { entry, scratch } from "../../testing/trees.ts";
import { inRootfs } from "./in-rootfs.ts";
import { baseContent, old, runBase, runRows } from "./run-rows.ts";

/** "type path" of each entry, "- path" of each whiteout. */
export function told(index: LayerIndex): string[] {
  const entries = Array.from(index.entries.values(), (it) =>
    it.type === "hardlink" ? `hardlink ${it.path} ${it.linkTarget}` : `${it.type} ${it.path}`,
  );
  return [...entries, ...[...index.whiteouts].sort().map((path) => `- ${path}`)];
}

/** The base of the rows as layers of a store. */
export async function makeBase(layers: LayerStore): Promise<Layer> {
  let top: Layer | undefined;
  for (const lines of runBase) {
    using writer = layers.writer(top);
    for (const line of lines) addLine(writer, line);
    top = await writer.finish();
  }
  return top as Layer;
}

function addLine(writer: ReturnType<LayerStore["writer"]>, line: string): void {
  const [, path = "", how, target = ""] = /^(.*?)(?: (->|=) (.*))?$/.exec(line) ?? [];
  const time = { mtimeSeconds: old };
  if (how === "->") return writer.add(entry(path, { ...time, type: "symlink", linkTarget: target }));
  if (how === "=") return writer.add(entry(path, { ...time, type: "hardlink", linkTarget: target }));
  if (path.endsWith("/")) return writer.add(entry(path.slice(0, -1), { ...time, type: "directory" }));
  const content = Buffer.from(baseContent(path));
  writer.add(entry(path, { ...time, size: content.length }), content);
}

/** Every promise of a Snapshotter, over real stores. */
export function snapshotterContract(
  label: string,
  make: (deps: SnapshotterDeps) => Snapshotter,
  ids: "several ids" | "one id" = "several ids",
): void {
  const [uid, gid] = ids === "several ids" ? [12, 34] : [0, 0];
  const firstRun = (at: string): void => changeMuch(at, uid, gid);
  const inStore = (
    name: string,
    run: (opened: OpenedStore, snapshotter: Snapshotter) => Promise<void>,
  ): void =>
    void test(`${label}: ${name}`, async () => {
      using directory = scratch();
      await using opened = await openLayers(join(directory.path, "store"));
      await run(opened, make(opened));
      assert.deepEqual(temporaryOf(opened), [], "nothing is left behind");
    });

  inStore("what belongs to a layer", async (opened, snapshotter) => {
    const base = await makeBase(opened.layers);
    for (const [name, act, want, needs = ids] of runRows) {
      if (needs !== ids) continue;
      const layer = await runOver(snapshotter, base, act);
      assert.deepEqual(told(await layer.index()), want, name);
      assert.equal(layer.parent, base);
      assert.deepEqual(temporaryOf(opened), []);
    }
  });
  inStore("a RUN over nothing makes the first layer", async ({ layers }, snapshotter) => {
    const layer = await runOver(snapshotter, undefined, (at) => {
      mkdirSync(join(at, "bin"));
      writeFileSync(join(at, "bin/sh"), "#!", { mode: 0o4755 });
      chmodSync(join(at, "bin/sh"), 0o4755);
    });
    assert.deepEqual(told(await layer.index()), ["directory bin", "file bin/sh"]);
    using view = await layers.view(layer);
    assert.equal(view.lookup("bin/sh" as never)?.mode, 0o4755);
  });
  inStore("the next RUN sees what the ones before it left", async ({ layers }, snapshotter) => {
    const first = await runOver(snapshotter, await makeBase(layers), firstRun);
    const second = await runOver(snapshotter, first, (at) => {
      assert.deepEqual(readdirSync(at).sort(), ["big", "d", "empty", "etc", "made"]);
      assert.deepEqual(readdirSync(join(at, "d")), ["new"]);
      assert.equal(readFileSync(join(at, "etc/a"), "utf8"), "changed");
      const made = lstatSync(join(at, "made"));
      assert.deepEqual([made.mode & 0o7777, made.uid, made.gid], [0o1777, uid, gid]);
      unlinkSync(join(at, "made/file"));
    });
    assert.deepEqual(told(await second.index()), ["directory made", "- made/file"]);
    assert.equal((await second.index()).entries.get("made" as never)?.mode, 0o1777);
  });
  inStore("the view of a new layer is the tree the RUN left", async ({ layers }, snapshotter) => {
    const layer = await runOver(snapshotter, await makeBase(layers), firstRun);
    using view = await layers.view(layer);
    assert.deepEqual(view.list("d" as never), ["new"]);
    assert.deepEqual(view.list("" as never), ["big", "d", "empty", "etc", "made"]);
    assert.equal(await readText(view, "etc/a", 100), "changed");
    assert.equal(await readText(view, "etc/top", 100), "content of etc/top");
  });
  inStore(
    "stubs nobody used are in no layer, those that were filled are",
    async ({ layers }, snapshotter) => {
      const stubs = [stub("proc", "directory"), stub("etc/hosts", "file"), stub("run", "directory")];
      const act = (at: string): void => {
        mkdirSync(join(at, "proc"));
        mkdirSync(join(at, "run"));
        writeFileSync(join(at, "etc/hosts"), "");
        writeFileSync(join(at, "run/pid"), "1");
        writeFileSync(join(at, "etc/deep/er/file"), "changed");
      };
      const layer = await runOver(snapshotter, await makeBase(layers), act, stubs);
      const index = await layer.index();
      const want = ["directory etc", "directory etc/deep", "directory etc/deep/er", "file etc/deep/er/file"];
      assert.deepEqual(told(index), [...want, "directory run", "file run/pid"]);
      const etc = index.entries.get("etc" as never);
      assert.equal(etc?.mtimeSeconds, old, "the time of a directory is as before its stub");
    },
  );
  inStore("a name that would mean a whiteout is refused", async ({ layers }, snapshotter) => {
    const base = await makeBase(layers);
    const run = runOver(snapshotter, base, (at) => writeFileSync(join(at, "etc/.wh.a"), ""));
    await assert.rejects(run, { code: "COPY_CONFLICT" });
  });
  inStore("a snapshot that is not frozen leaves nothing", async ({ layers, store }, snapshotter) => {
    {
      await using snapshot = await snapshotter.prepare(await makeBase(layers));
      inRootfs(snapshot.rootfs, firstRun);
    }
    assert.deepEqual(store.layers.list().length, runBase.length);
  });
  inStore("an aborted preparation leaves nothing", async ({ layers }, snapshotter) => {
    const base = await makeBase(layers);
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(snapshotter.prepare(base, { signal }), { message: "stopped" });
  });
  inStore("two RUNs over one base do not see each other", async ({ layers }, snapshotter) => {
    const base = await makeBase(layers);
    await using left = await snapshotter.prepare(base);
    await using right = await snapshotter.prepare(base);
    inRootfs(left.rootfs, (at) => writeFileSync(join(at, "left"), ""));
    inRootfs(right.rootfs, (at) => rmSync(join(at, "etc"), { recursive: true }));
    assert.deepEqual(told(await (await left.freeze([])).index()), ["file left"]);
    assert.deepEqual(told(await (await right.freeze([])).index()), ["- etc"]);
  });
}

/** Directories that are swept when their owner is dead; a living owner removes them itself. */
function temporaryOf({ store }: OpenedStore): string[] {
  return readdirSync(join(store.root, "tmp"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.includes("run"),
  );
}

async function runOver(
  snapshotter: Snapshotter,
  parent: Layer | undefined,
  act: (at: string) => void,
  stubs: readonly MountStub[] = [],
): Promise<Layer> {
  await using snapshot = await snapshotter.prepare(parent);
  inRootfs(snapshot.rootfs, act);
  return await snapshot.freeze(stubs);
}

function changeMuch(at: string, uid: number, gid: number): void {
  rmSync(join(at, "d"), { recursive: true });
  mkdirSync(join(at, "d"));
  writeFileSync(join(at, "d/new"), "");
  writeFileSync(join(at, "etc/a"), "changed");
  mkdirSync(join(at, "made"));
  chownSync(join(at, "made"), uid, gid);
  chmodSync(join(at, "made"), 0o1777);
  writeFileSync(join(at, "made/file"), "x");
}

function stub(path: string, type: MountStub["type"]): MountStub {
  return { path, type, parentMtimeSeconds: old, parentMtimeNanoseconds: 0 };
}
