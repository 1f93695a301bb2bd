import { close, constants } from "node:fs";
import {
  mountOverlay,
  nameOf,
  openAt,
  openFlags,
  parentOf,
  type RootDir,
  rootDirFromFd,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import { isWhiteout, type LowerChain, type LowerEntry } from "./lower-chain.ts";

/** Lets overlayfs merge the trees (topmost first) in a detached mount: a lookup costs the same however many they are. */
export function openMountedChain(trees: readonly string[]): LowerChain {
  return new MountedChain(mountOverlay({ lower: trees }));
}

class MountedChain implements LowerChain {
  readonly #mountFd: number;
  readonly #root: RootDir;
  /** Whether the merged tree has a directory there: a RootDir follows links in parents, a lookup must not. */
  readonly #isDirectory = new Map<TreePath, boolean>([[rootPath, true]]);
  /** The directory last looked into: entries are asked for directory by directory. */
  #current: { readonly path: TreePath; readonly directory: RootDir } | undefined;

  constructor(mountFd: number) {
    this.#mountFd = mountFd;
    this.#root = rootDirFromFd(openAt(mountFd, ".", openFlags.path | constants.O_DIRECTORY));
  }

  lookup(path: TreePath): LowerEntry | undefined {
    const directory = path === rootPath ? this.#root : this.#open(parentOf(path));
    const name = nameOf(path) as TreePath;
    const stat = directory?.tryLstat(name);
    this.#isDirectory.set(path, stat?.type === "directory");
    // One tree alone is not merged by overlayfs, and shows its whiteouts.
    return directory && stat && !isWhiteout(stat) ? { stat, directory, name } : undefined;
  }

  list(directory: TreePath): string[] {
    return this.#open(directory)?.list(rootPath) ?? [];
  }

  [Symbol.dispose](): void {
    this.#current?.directory[Symbol.dispose]();
    this.#root[Symbol.dispose]();
    // The last descriptor takes the mount down, which waits for the kernel: not in this thread.
    close(this.#mountFd);
  }

  #open(path: TreePath): RootDir | undefined {
    if (path === rootPath) return this.#root;
    if (!(this.#isDirectory.get(path) ?? this.lookup(path)?.stat.type === "directory")) return undefined;
    if (this.#current?.path === path) return this.#current.directory;
    const directory = this.#root.openRoot(path);
    this.#current?.directory[Symbol.dispose]();
    this.#current = { path, directory };
    return directory;
  }
}
