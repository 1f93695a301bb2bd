import { joinTreePath, type TreePath } from "@tsbuild/runner-native";
import type { TreeView, ViewEntry } from "./tree-view.ts";

export interface WalkedEntry {
  readonly path: TreePath;
  readonly entry: ViewEntry;
}

/**
 * Everything at and below a path, parents first, names in byte order; links are not followed. `enters` may refuse to go below a
 * directory (which itself is still given).
 */
export function* walk(
  view: TreeView,
  start: TreePath,
  enters: (path: TreePath) => boolean = () => true,
): Generator<WalkedEntry> {
  const pending: TreePath[] = [start];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entry = view.lookup(path);
    if (!entry) continue;
    yield { path, entry };
    if (entry.type !== "directory" || !enters(path)) continue;
    const names = view.list(path);
    for (let at = names.length - 1; at >= 0; at--) pending.push(joinTreePath(path, names[at] as string));
  }
}
