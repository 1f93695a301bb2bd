import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bytesFromText, maxLowerLayers, openRootDir, rootPath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import { chainOf, type Layer } from "../layer/layer.ts";
import { removeTree } from "../layer/make-tree.ts";
import { overlayMarks } from "../layer-index/overlay-marks.ts";
import { settleUpper } from "./settle-upper.ts";
import type { Snapshot, Snapshotter, SnapshotterDeps } from "./snapshotter.ts";

/** Changes land in an upper directory of their own over the trees of the chain; nothing is copied, nothing mounted here. */
export function createOverlaySnapshotter(deps: SnapshotterDeps): Snapshotter {
  const saysSomething = remembered(hasNamesOrMarks);
  return {
    kind: "overlay",
    async prepare(parent, { signal } = {}) {
      const trees = await Promise.all(chainOf(parent).map((layer) => layer.tree()));
      signal?.throwIfAborted();
      // Many an instruction changes nothing. The topmost stays, because it says what the root is like.
      const lower = trees.reverse().filter((tree, index) => index === 0 || saysSomething(tree));
      refuseTooMany(lower.length);
      return prepareOverlay(deps, { parent, trees: lower, signal });
    },
  };
}

function prepareOverlay(
  { store, layers }: SnapshotterDeps,
  {
    parent,
    trees,
    signal,
  }: {
    readonly parent: Layer | undefined;
    readonly trees: readonly string[];
    readonly signal: AbortSignal | undefined;
  },
): Snapshot {
  using made = new DisposableStack();
  const directory = made.adopt(store.temporaryDirectory("run"), removeTree);
  const [upper, work] = [join(directory, "upper"), join(directory, "work")];
  const lower = trees.length > 0 ? trees : [makeDirectory(join(directory, "empty"))];
  for (const path of [upper, work]) makeDirectory(path);
  dressAs(upper, lower[0] as string);
  const kept = made.move();
  return {
    rootfs: { kind: "overlay", lower, upper, work },
    async freeze(stubs) {
      const index = await settleUpper({ upper, lower, stubs, ...(signal && { signal }) });
      // The mount was volatile: nothing of it is known to be on the disk (overlayfs.rst "Volatile mount").
      return layers.adoptTree(parent, upper, { index, durability: "volatile" });
    },
    [Symbol.asyncDispose]: async () => kept[Symbol.dispose](),
  };
}

/** Trees do not change, so each is asked once. */
function remembered(ask: (tree: string) => boolean): (tree: string) => boolean {
  const answers = new Map<string, boolean>();
  return (tree) => {
    const answer = answers.get(tree) ?? ask(tree);
    answers.set(tree, answer);
    return answer;
  };
}

function hasNamesOrMarks(tree: string): boolean {
  using root = openRootDir(bytesFromText(tree));
  return root.list(rootPath).length > 0 || root.listXattrs(rootPath).has(overlayMarks().opaque);
}

function refuseTooMany(count: number): void {
  if (count <= maxLowerLayers) return;
  throw layersError(
    "SNAPSHOTTER_UNUSABLE",
    `overlayfs cannot merge ${count} layers, only ${maxLowerLayers}`,
    {
      hint: "use --snapshotter copy, or a base image with fewer layers",
    },
  );
}

/** Whatever the umask. */
function makeDirectory(path: string): string {
  mkdirSync(path);
  chmodSync(path, 0o755);
  return path;
}

/** What the merged root looks like is what the upper directory says. */
function dressAs(path: string, model: string): void {
  using from = openRootDir(bytesFromText(model));
  using to = openRootDir(bytesFromText(path));
  const { uid, gid, mode, mtimeSeconds, mtimeNanoseconds } = from.lstat(rootPath);
  to.chown(rootPath, uid, gid);
  to.chmod(rootPath, mode);
  for (const [name, value] of keptXattrs(from.listXattrs(rootPath), "layer") ?? [])
    to.setXattr(rootPath, name, value);
  to.utimes(rootPath, mtimeSeconds, mtimeNanoseconds);
}
