import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bytesFromText,
  type FileStat,
  type MountStub,
  openRootDir,
  ownershipKind,
  type RootDir,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import type { Layer } from "../layer/layer.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import type { LayerWriter } from "../layer/layer-store.ts";
import { removeTree } from "../layer/make-tree.ts";
import { openedFile } from "../tree/opened-file.ts";
import { settleCopy } from "./settle-copy.ts";
import type { PrepareOptions, Snapshot, Snapshotter, SnapshotterDeps } from "./snapshotter.ts";
import { writeTree } from "./write-tree.ts";

/** Copies the whole tree for each RUN (with shared blocks where the file system has them) and compares it afterwards. */
export function createCopySnapshotter(deps: SnapshotterDeps): Snapshotter {
  return { kind: "copy", prepare: (parent, options) => prepareCopy(deps, parent, options) };
}

async function prepareCopy(
  { store, layers }: SnapshotterDeps,
  parent: Layer | undefined,
  { signal }: PrepareOptions = {},
): Promise<Snapshot> {
  using made = new DisposableStack();
  const view = made.use(await layers.view(parent));
  await view.prepare([rootPath]);
  const directory = made.adopt(store.temporaryDirectory("run"), removeTree);
  const path = join(directory, "rootfs");
  mkdirSync(path);
  const root = made.use(openRootDir(bytesFromText(path)));
  const ownership = ownershipKind();
  const { standIns } = await writeTree(view, root, { ownership, ...(signal && { signal }) });
  const copied = markTime(directory);
  const owner =
    ownership === "single" ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } : undefined;
  const kept = made.move();
  return {
    rootfs: { kind: "directory", path },
    async freeze(stubs: readonly MountStub[]) {
      const compared = { root, below: view, copied, standIns, owner, stubs };
      const index = await settleCopy({ ...compared, ...(signal && { signal }) });
      using writer = layers.writer(parent);
      addAll(writer, index, root);
      return await writer.finish();
    },
    [Symbol.asyncDispose]: async () => kept[Symbol.dispose](),
  };
}

/** The clock of the file system itself, which stamps ctime. */
function markTime(directory: string): FileStat {
  writeFileSync(join(directory, "copied"), "");
  using parent = openRootDir(bytesFromText(directory));
  return parent.lstat("copied" as TreePath);
}

function addAll(writer: LayerWriter, { entries, whiteouts }: LayerIndex, root: RootDir): void {
  for (const entry of entries.values()) writer.add(entry, { open: () => openedFile(root, entry.path) });
  for (const path of whiteouts) writer.whiteout(path);
}
