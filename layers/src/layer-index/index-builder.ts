import {
  joinTreePath,
  nameOf,
  parentOf,
  parseTreePath,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { TarEntry } from "../tar/entry.ts";
import { allChildren, type Children, childrenIn } from "../tree/children.ts";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import { whiteoutOf } from "./whiteout.ts";

/** What adding one tar entry meant. `parents` are directories the layer had no entry for, top first: they exist from now on. */
export type Added =
  | {
      readonly kind: "whiteout" | "opaque" | "ignored";
      readonly path: TreePath;
      readonly parents: readonly TreePath[];
    }
  | {
      readonly kind: "entry";
      /** Hard links are resolved: of type "hardlink", with the tree path of a name that exists. */
      readonly entry: LayerEntry;
      /** What the same layer had at this path before. */
      readonly replaces: "nothing" | "directory" | "other";
      readonly parents: readonly TreePath[];
    };

/** The metadata of a directory that a layer holds only because something lies below it. */
export type EffectiveDirectory = Pick<
  LayerEntry,
  "mode" | "uid" | "gid" | "mtimeSeconds" | "mtimeNanoseconds" | "xattrs"
>;

/** A directory nothing is known about. */
export const plainDirectory: EffectiveDirectory = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  xattrs: undefined,
};

/**
 * Makes a LayerIndex from the entries of a tar, in their order, with the meaning that extracting them would have: a later entry
 * replaces an earlier one, a hard link keeps the bytes of the file it was made to. Refuses what could leave the tree.
 */
export interface IndexBuilder {
  /** @throws TAR_INVALID, TAR_ESCAPES */
  add(entry: TarEntry, contentOffset: number | undefined): Added;
  /** Directories that had no entry of their own, as far as added. */
  readonly implied: ReadonlySet<TreePath>;
  /** What is to be removed from the chain below, as far as added. */
  readonly whiteouts: ReadonlySet<TreePath>;
  /** `effective` is asked once for each implied directory. */
  finish(effective: (path: TreePath) => EffectiveDirectory): LayerIndex;
}

const noParents: readonly TreePath[] = [];

export function createIndexBuilder(): IndexBuilder {
  /** Hard-linked names share one object, as they would share an inode. */
  const names = new Map<TreePath, LayerEntry>();
  const linked = new Set<LayerEntry>();
  const implied = new Set<TreePath>();
  const whiteouts = new Set<TreePath>();
  const opaques = new Set<TreePath>();
  /** Made when a directory is first replaced, kept up to date from then on. */
  let children: Children | undefined;

  function put(path: TreePath, entry: LayerEntry): void {
    names.set(path, entry);
    if (children && path !== rootPath) childrenIn(children, parentOf(path)).add(path);
  }

  function implyParents(path: TreePath): readonly TreePath[] {
    const missing: TreePath[] = [];
    for (let parent = parentOf(path); parent !== rootPath; parent = parentOf(parent)) {
      const there = names.get(parent);
      if (there?.type === "directory") break;
      if (there) throw belowNonDirectory(path, parent, there.type);
      missing.push(parent);
    }
    if (missing.length === 0) return noParents;
    missing.reverse();
    for (const parent of missing) {
      put(parent, directoryEntry(parent, plainDirectory));
      implied.add(parent);
    }
    return missing;
  }

  function forget(path: TreePath): void {
    names.delete(path);
    implied.delete(path);
    children?.get(parentOf(path))?.delete(path);
  }

  function forgetBelow(directory: TreePath): void {
    children ??= allChildren(names.keys());
    const pending = [directory];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const below = children.get(next) ?? [];
      for (const path of below) pending.push(path);
      children.delete(next);
      if (next !== directory) forget(next);
    }
  }

  function linkTarget(entry: TarEntry, path: TreePath): TreePath {
    const target = cleanPath(entry.linkTarget ?? "");
    const there = names.get(target);
    const wrong = !there
      ? "which it does not hold"
      : there.type === "directory"
        ? "which is a directory"
        : target === path
          ? "which is itself"
          : undefined;
    if (wrong !== undefined) throw brokenLink(path, target, wrong);
    return target;
  }

  function addEntry(tarEntry: TarEntry, path: TreePath, contentOffset: number | undefined): Added {
    refuseForged(tarEntry, path);
    const parents = implyParents(path);
    const target = tarEntry.type === "hardlink" ? linkTarget(tarEntry, path) : undefined;
    const old = names.get(path);
    const merges = old?.type === "directory" && tarEntry.type === "directory";
    if (old?.type === "directory" && !merges) forgetBelow(path);
    if (old && !merges) forget(path);
    implied.delete(path);
    const replaces = !old ? "nothing" : old.type === "directory" ? "directory" : "other";
    const entry = layerEntry(tarEntry, path, contentOffset, target);
    const inode = target === undefined ? entry : names.get(target);
    if (!inode) throw brokenLink(path, target as TreePath, "which it removes to make room for the link");
    if (target !== undefined) linked.add(inode);
    put(path, inode);
    return { kind: "entry", entry, replaces, parents };
  }

  return {
    implied,
    whiteouts,
    add(entry, contentOffset) {
      const path = cleanPath(entry.path);
      const marker = whiteoutOf(path);
      switch (marker.kind) {
        case "none":
          return addEntry(entry, path, contentOffset);
        case "whiteout": {
          const parents = implyParents(marker.path);
          whiteouts.add(marker.path);
          return { kind: "whiteout", path: marker.path, parents };
        }
        case "opaque": {
          const parents = implyParents(joinTreePath(marker.path, nameOf(path)));
          opaques.add(marker.path);
          return { kind: "opaque", path: marker.path, parents };
        }
        case "ignored":
          return { kind: "ignored", path, parents: noParents };
      }
    },
    finish(effective) {
      for (const path of implied) names.set(path, directoryEntry(path, effective(path)));
      const isDirectory = (path: TreePath): boolean =>
        path === rootPath || names.get(path)?.type === "directory";
      // A marker may have lost its directory to a later entry.
      for (const path of whiteouts) if (!isDirectory(parentOf(path))) whiteouts.delete(path);
      for (const path of opaques) if (!isDirectory(path)) opaques.delete(path);
      return { entries: namesInByteOrder(names, linked), whiteouts, opaques };
    },
  };
}

/** The entry of a directory. */
export function directoryEntry(path: TreePath, directory: EffectiveDirectory): LayerEntry {
  return {
    path,
    type: "directory",
    mode: directory.mode,
    uid: directory.uid,
    gid: directory.gid,
    size: 0,
    mtimeSeconds: directory.mtimeSeconds,
    mtimeNanoseconds: directory.mtimeNanoseconds,
    linkTarget: undefined,
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: directory.xattrs,
    contentOffset: undefined,
  };
}

/** Fixed order of fields: one hidden class for all keeps fifty thousand of them small and fast. */
export function layerEntry(
  entry: TarEntry,
  path: TreePath,
  contentOffset: number | undefined,
  hardlinkTarget?: TreePath,
): LayerEntry {
  const isFile = entry.type === "file";
  return {
    path,
    type: entry.type,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: isFile ? entry.size : 0,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanoseconds: entry.mtimeNanoseconds,
    linkTarget: hardlinkTarget ?? entry.linkTarget,
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
    xattrs: entry.type === "hardlink" ? undefined : keptXattrs(entry.xattrs, "layer"),
    contentOffset: isFile ? contentOffset : undefined,
  };
}

function refuseForged(entry: TarEntry, path: TreePath): void {
  if (path === rootPath && entry.type !== "directory")
    throw layersError("TAR_INVALID", `the layer makes its root a ${entry.type}`);
  if (entry.type === "char" && entry.deviceMajor === 0 && entry.deviceMinor === 0)
    throw layersError("TAR_INVALID", `the layer has the device 0:0 as ${JSON.stringify(path)}`, {
      hint: "overlayfs takes this device for a deleted file, so no layer may carry it",
    });
}

function belowNonDirectory(path: TreePath, parent: TreePath, type: string): Error {
  return layersError(
    "TAR_ESCAPES",
    `the layer has ${JSON.stringify(path)} below ${JSON.stringify(parent)}, which it makes a ${type}`,
    { hint: "the archive is malformed; make it again with a tool that writes directories as directories" },
  );
}

function brokenLink(path: TreePath, target: TreePath, why: string): Error {
  return layersError(
    "TAR_INVALID",
    `the layer links ${JSON.stringify(path)} to ${JSON.stringify(target)}, ${why}`,
  );
}

function cleanPath(bytes: string): TreePath {
  try {
    return parseTreePath(bytes);
  } catch (cause) {
    const name = JSON.stringify(bytes.slice(0, 200));
    throw layersError("TAR_ESCAPES", `the layer has an entry with the name ${name}`, { cause });
  }
}

/** Sorts, and says of each shared object which name is the file (the first by bytes) and which are links to it. */
function namesInByteOrder(
  names: Map<TreePath, LayerEntry>,
  linked: ReadonlySet<LayerEntry>,
): Map<TreePath, LayerEntry> {
  if (linked.size === 0 && isSorted(names.keys())) return names;
  const first = new Map<LayerEntry, TreePath>();
  const sorted = new Map<TreePath, LayerEntry>();
  for (const path of [...names.keys()].sort()) {
    const entry = names.get(path) as LayerEntry;
    const target = linked.has(entry) ? first.get(entry) : undefined;
    if (target === undefined && linked.has(entry)) first.set(entry, path);
    sorted.set(path, target === undefined ? renamed(entry, path) : linkTo(entry, path, target));
  }
  return sorted;
}

function renamed(entry: LayerEntry, path: TreePath): LayerEntry {
  return entry.path === path ? entry : { ...entry, path };
}

function linkTo(entry: LayerEntry, path: TreePath, target: TreePath): LayerEntry {
  return {
    ...entry,
    path,
    type: "hardlink",
    size: 0,
    linkTarget: target,
    xattrs: undefined,
    contentOffset: undefined,
  };
}

function isSorted(paths: Iterable<string>): boolean {
  let last = "";
  for (const path of paths) {
    if (path < last) return false;
    last = path;
  }
  return true;
}
