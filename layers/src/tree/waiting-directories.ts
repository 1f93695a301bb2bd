import { parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";

/** Directories that are left out themselves, and come along once something below them is selected. */
export interface WaitingDirectories<T> {
  wait(path: TreePath, directory: T): void;
  /** Those above a path, top first; each is given once. */
  above(path: TreePath): readonly T[];
}

const nothing: readonly never[] = [];

export function createWaitingDirectories<T>(): WaitingDirectories<T> {
  const waiting = new Map<TreePath, T>();
  return {
    wait: (path, directory) => void waiting.set(path, directory),
    above(path) {
      if (waiting.size === 0) return nothing;
      const found: T[] = [];
      for (let at = parentOf(path); ; at = parentOf(at)) {
        const directory = waiting.get(at);
        if (directory !== undefined) found.push(directory);
        waiting.delete(at);
        if (at === rootPath) return found.reverse();
      }
    },
  };
}
