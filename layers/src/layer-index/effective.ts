import type { TreePath } from "@tsbuild/runner-native";
import { type EffectiveDirectory, plainDirectory } from "./index-builder.ts";
import type { TreeView } from "../tree/tree-view.ts";

/** What a directory is in a chain: the metadata that a layer on top repeats for it. */
export function effectiveDirectory(view: TreeView, path: TreePath): EffectiveDirectory {
  const entry = view.lookup(path);
  if (entry?.type !== "directory") return plainDirectory;
  const { mode, uid, gid, mtimeSeconds, mtimeNanoseconds } = entry;
  return { mode, uid, gid, mtimeSeconds, mtimeNanoseconds, xattrs: view.xattrs(path) };
}
