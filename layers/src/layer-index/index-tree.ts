import { type FileStat, type RootDir, rootPath, type TreePath, walkTree } from "@tsbuild/runner-native";
import { createIndexBuilder, type EffectiveDirectory, plainDirectory } from "./index-builder.ts";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import { metadataOf } from "../tree/metadata-of.ts";
import type { LayerIndex } from "./layer-index.ts";
import type { OverlayMarks } from "./overlay-marks.ts";
import type { TarEntry } from "../tar/entry.ts";
import { opaquePath, whiteoutPath } from "./whiteout.ts";

/** What the tree of a layer says, as overlayfs would read it. `rootBelow` is what the root of the chain below is like. */
export function indexTree(root: RootDir, marks: OverlayMarks, rootBelow: EffectiveDirectory): LayerIndex {
  const builder = createIndexBuilder();
  const firstNames = new Map<string, TreePath>();
  const ownRoot = root.lstat(rootPath);
  if (!sameDirectory(ownRoot, rootBelow)) builder.add(entryOf(rootPath, ownRoot, {}), undefined);
  for (const { path, name, stat, directory } of walkTree(root)) {
    if (stat.type === "socket") continue;
    if (isWhiteout(stat)) {
      builder.add({ ...entryOf(path, stat, {}), type: "file", path: whiteoutPath(path) }, undefined);
      continue;
    }
    const inode = stat.links > 1 && stat.type !== "directory" ? `${stat.device}:${stat.inode}` : undefined;
    const first = inode === undefined ? undefined : firstNames.get(inode);
    if (inode !== undefined && first === undefined) firstNames.set(inode, path);
    const all = directory.listXattrs(name);
    const linkTarget = stat.type === "symlink" ? directory.readlink(name) : undefined;
    const entry = entryOf(path, stat, { xattrs: keptXattrs(all, "layer"), linkTarget });
    builder.add(first === undefined ? entry : { ...entry, type: "hardlink", linkTarget: first }, undefined);
    if (all.get(marks.opaque)?.toString() === "y")
      builder.add({ ...entry, type: "file", path: opaquePath(path) }, undefined);
  }
  return builder.finish(() => plainDirectory);
}

/** Kernel overlayfs.rst "whiteouts and opaque directories": a deleted name is a character device 0:0. */
function isWhiteout(stat: FileStat): boolean {
  return stat.type === "char" && stat.deviceMajor === 0 && stat.deviceMinor === 0;
}

function sameDirectory(stat: FileStat, other: EffectiveDirectory): boolean {
  return stat.mode === other.mode && stat.uid === other.uid && stat.gid === other.gid;
}

type More = Partial<Pick<TarEntry, "xattrs" | "linkTarget">>;

function entryOf(path: TreePath, stat: FileStat, { xattrs, linkTarget }: More): TarEntry {
  return {
    ...metadataOf(stat, linkTarget),
    path,
    type: stat.type === "socket" ? "file" : stat.type,
    xattrs,
  };
}
