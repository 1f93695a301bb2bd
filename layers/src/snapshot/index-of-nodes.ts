import type { TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { LayerEntry, LayerIndex } from "../layer-index/layer-index.ts";
import type { EntryType } from "../tar/entry.ts";
import { metadataOf } from "../tree/metadata-of.ts";
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
  return {
    ...metadataOf(stat, target),
    path,
    type: entryType(stat.type, path),
    mtimeSeconds: time.seconds,
    mtimeNanoseconds: time.nanoseconds,
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
