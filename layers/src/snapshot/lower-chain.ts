import type { FileStat, RootDir, TreePath } from "@tsbuild/runner-native";

/** Something the merged lower layers show: `directory` is the open parent it was found in. */
export interface LowerEntry {
  readonly stat: FileStat;
  readonly directory: RootDir;
  readonly name: TreePath;
}

/** The trees below an upper directory as overlayfs merges them, looked up where needed and never scanned. */
export interface LowerChain extends Disposable {
  /** Undefined where nothing is, or a whiteout hides it. The entry is good until a path of another directory is looked up. */
  lookup(path: TreePath): LowerEntry | undefined;
  /** Names of a merged directory; empty for anything else. */
  list(directory: TreePath): string[];
}

/** overlayfs.rst "whiteouts and opaque directories": a character device 0:0. */
export function isWhiteout(stat: FileStat): boolean {
  return stat.type === "char" && stat.deviceMajor === 0 && stat.deviceMinor === 0;
}
