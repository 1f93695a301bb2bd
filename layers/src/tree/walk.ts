import { joinTreePath, type TreePath } from "@tsbuild/runner-native";
import type { TreeChild, TreeView } from "./tree-view.ts";

/**
 * Everything at and below a path, parents first, names in byte order; links are not followed. `enters` may refuse to go below a
 * directory (which itself is still given).
 */
export function* walk(
  view: TreeView,
  start: TreePath,
  enters: (path: TreePath) => boolean = () => true,
): Generator<TreeChild> {
  const entry = view.lookup(start);
  const pending: TreeChild[] = entry ? [{ path: start, entry }] : [];
  for (let next = pending.pop(); next; next = pending.pop()) {
    yield next;
    if (next.entry.type !== "directory" || !enters(next.path)) continue;
    const children = childrenOf(view, next.path);
    for (let at = children.length - 1; at >= 0; at--) pending.push(children[at] as TreeChild);
  }
}

/** What is in a directory, names in byte order. */
export function childrenOf(view: TreeView, directory: TreePath): readonly TreeChild[] {
  if (view.children) return view.children(directory);
  const children: TreeChild[] = [];
  for (const name of view.list(directory)) {
    const path = joinTreePath(directory, name);
    const entry = view.lookup(path);
    if (entry) children.push({ path, entry });
  }
  return children;
}
