import { parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";

/** Paths by the directory they are in. */
export type Children = Map<TreePath, Set<TreePath>>;

/** The paths in a directory, to be added to. */
export function childrenIn(children: Children, directory: TreePath): Set<TreePath> {
  const names = children.get(directory) ?? new Set<TreePath>();
  children.set(directory, names);
  return names;
}

export function allChildren(paths: Iterable<TreePath>): Children {
  const children: Children = new Map();
  for (const path of paths) if (path !== rootPath) childrenIn(children, parentOf(path)).add(path);
  return children;
}
