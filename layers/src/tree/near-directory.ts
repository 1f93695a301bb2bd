import { nameOf, parentOf, type RootDir, rootPath, type TreePath } from "@tsbuild/runner-native";

/**
 * Keeps the directory that was used last open, as work on a tree goes from neighbour to neighbour: a call on (directory, name) then
 * costs no path resolution. The directory part of a path must be free of links.
 */
export interface NearDirectory extends Disposable {
  in<Result>(path: TreePath, act: (directory: RootDir, name: TreePath) => Result): Result;
  /** Must be called before a directory is removed or replaced. */
  forget(): void;
}

export function createNearDirectory(root: RootDir): NearDirectory {
  let path: TreePath = rootPath;
  let directory = root;
  const forget = (): void => {
    if (directory !== root) directory[Symbol.dispose]();
    path = rootPath;
    directory = root;
  };
  return {
    in(wanted, act) {
      const parent = parentOf(wanted);
      if (parent !== path) {
        forget();
        directory = parent === rootPath ? root : root.openRoot(parent, { lastLink: "nofollow" });
        path = parent;
      }
      return act(directory, nameOf(wanted) as TreePath);
    },
    forget,
    [Symbol.dispose]: forget,
  };
}
