import assert from "node:assert/strict";
import { join } from "node:path";
import { bytesFromText, joinTreePath, openRootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { inRootfs } from "./in-rootfs.ts";
import { createDice, mutate } from "./mutate.ts";
import { makeBase, told } from "./snapshotter.ts";
import { openLayers } from "../../testing/stores.ts";
import { scratch } from "../../testing/trees.ts";
import { keptXattrs } from "../../src/tree/kept-xattrs.ts";
import type { Layer } from "../../src/layer/layer.ts";
import { readContent } from "../../src/tree/read-content.ts";
import { createRootDirView } from "../../src/tree/root-dir-view.ts";
import type { TreeView } from "../../src/tree/tree-view.ts";
import { createCopySnapshotter } from "../../src/snapshot/copy.ts";
import { createOverlaySnapshotter } from "../../src/snapshot/overlay.ts";
import type { Snapshotter } from "../../src/snapshot/snapshotter.ts";

const runsOnTop = 3;

/** Everything a tree says but the times of directories, which belong to no layer by themselves, and sockets. */
function described(view: TreeView): string[] {
  const lines: string[] = [];
  const pending: TreePath[] = [rootPath];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop())
    for (const name of view.list(directory)) {
      const path = joinTreePath(directory, name);
      const entry = view.lookup(path);
      if (!entry || entry.type === "socket") continue;
      const time = entry.type === "directory" ? "" : entry.mtimeSeconds;
      const { type, mode, uid, gid, size, linkTarget, deviceMajor, deviceMinor } = entry;
      const xattrs = [...(keptXattrs(view.xattrs(path), "layer") ?? [])].map(
        ([key, value]) => `${key}=${value.toString("hex")}`,
      );
      const facts = [
        path,
        type,
        mode,
        uid,
        gid,
        size,
        time,
        linkTarget ?? "",
        deviceMajor,
        deviceMinor,
        xattrs,
      ];
      lines.push([...facts, type === "file" ? contentOf(view, path) : ""].join(" "));
      if (type === "directory") pending.push(path);
    }
  return lines.sort();
}

function contentOf(view: TreeView, path: TreePath): string {
  const content = view.content(path);
  let text = "";
  readContent(content, (slice) => {
    text += Buffer.from(slice).toString("latin1");
  });
  content.close();
  return text;
}

async function run(
  snapshotter: Snapshotter,
  parent: Layer,
  seed: number,
): Promise<{ layer: Layer; left: string[] }> {
  await using snapshot = await snapshotter.prepare(parent);
  let left: string[] = [];
  inRootfs(snapshot.rootfs, (at) => {
    mutate(at, createDice(seed));
    using view = createRootDirView(openRootDir(bytesFromText(at)));
    left = described(view);
  });
  return { layer: await snapshot.freeze([]), left };
}

/** After random changes overlay and copy give the same layer, and the layer the same tree. */
export async function compareSnapshotters(rounds: number): Promise<void> {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const { layers } = opened;
  const base = await makeBase(layers);
  const snapshotters = [createOverlaySnapshotter(opened), createCopySnapshotter(opened)] as const;
  for (let round = 0; round < rounds; round += 1) {
    const tops = [base, base];
    for (let step = 0; step < runsOnTop; step += 1) {
      const seed = round * runsOnTop + step;
      for (const [index, snapshotter] of snapshotters.entries()) {
        const { layer, left } = await run(snapshotter, tops[index] as Layer, seed);
        using view = await layers.view(layer);
        await view.prepare([rootPath]);
        assert.deepEqual(described(view), left, `${snapshotter.kind}, seed ${seed}`);
        tops[index] = layer;
      }
      const [overlay, copy] = tops as [Layer, Layer];
      assert.deepEqual(told(await overlay.index()), told(await copy.index()), `seed ${seed}`);
    }
    const [overlay, copy] = tops as [Layer, Layer];
    assert.equal(await overlay.diffId(), await copy.diffId(), `round ${round}`);
  }
}
