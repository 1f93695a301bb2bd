import type { TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { LayerEntry, LayerIndex } from "../layer-index/layer-index.ts";
import type { EntryType } from "../tar/entry.ts";
import type { UpperNode } from "./upper-node.ts";

/** The index of a tree: of names of one file the first by bytes is the file, the others are links to it. */
export function indexOfNodes(nodes: Iterable<UpperNode>, whiteouts: ReadonlySet<TreePath>): LayerIndex {
  const firstNames = new Map<string, TreePath>();
  const entries = new Map<TreePath, LayerEntry>();
  for (const node of [...nodes].sort(byPath)) {
    const first = node.linkGroup === undefined ? undefined : firstNames.get(node.linkGroup);
    if (node.linkGroup !== undefined && first === undefined) firstNames.set(node.linkGroup, node.path);
    entries.set(node.path, first === undefined ? entryOf(node) : linkTo(first, node));
  }
  return { entries, whiteouts, opaques: new Set() };
}

function byPath(left: UpperNode, right: UpperNode): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}

function entryOf({ path, stat, time, target, xattrs }: UpperNode): LayerEntry {
  const isDevice = stat.type === "char" || stat.type === "block";
  return {
    path,
    type: entryType(stat.type, path),
    mode: stat.type === "symlink" ? 0o777 : stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.type === "file" ? stat.size : 0,
    mtimeSeconds: time.seconds,
    mtimeNanoseconds: time.nanoseconds,
    linkTarget: target,
    deviceMajor: isDevice ? stat.deviceMajor : 0,
    deviceMinor: isDevice ? stat.deviceMinor : 0,
    xattrs,
    contentOffset: undefined,
  };
}

function linkTo(first: TreePath, node: UpperNode): LayerEntry {
  return { ...entryOf(node), type: "hardlink", size: 0, linkTarget: first, xattrs: undefined };
}

function entryType(type: UpperNode["stat"]["type"], path: TreePath): EntryType {
  if (type === "socket")
    throw layersError("TAR_INVALID", `the socket ${JSON.stringify(path)} cannot be stored in a layer`);
  return type;
}
