import { type FileStat, parentOf, type RootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { Xattrs } from "../tar/entry.ts";
import { openedFile } from "./opened-file.ts";
import type { OpenContent, TreeView, ViewEntry } from "./tree-view.ts";

/** A directory as a tree: a detached mount, a checkout, an extracted context. Disposing the view closes the directory. */
export function createRootDirView(root: RootDir): TreeView {
  return new RootDirView(root);
}

class RootDirView implements TreeView {
  readonly #root: RootDir;
  /** Directories seen: RootDir follows links in parents, a view does not. */
  readonly #directories = new Map<TreePath, boolean>([[rootPath, true]]);

  constructor(root: RootDir) {
    this.#root = root;
  }

  lookup(path: TreePath): ViewEntry | undefined {
    if (path !== rootPath && !this.#isDirectory(parentOf(path))) return undefined;
    const stat = this.#root.tryLstat(path);
    if (!stat) return undefined;
    this.#directories.set(path, stat.type === "directory");
    return viewEntry(stat, stat.type === "symlink" ? this.#root.readlink(path) : undefined);
  }

  list(directory: TreePath): readonly string[] {
    return this.#isDirectory(directory) ? this.#root.list(directory) : [];
  }

  xattrs(path: TreePath): Xattrs | undefined {
    const xattrs = this.lookup(path) && this.#root.listXattrs(path);
    return xattrs && xattrs.size > 0 ? xattrs : undefined;
  }

  async prepare(): Promise<void> {}

  content(path: TreePath): OpenContent {
    if (!this.#isDirectory(parentOf(path)))
      throw layersError("CONTENT_CHANGED", `${JSON.stringify(path)} is not there any more`);
    return openedFile(this.#root, path);
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }

  #isDirectory(path: TreePath): boolean {
    return this.#directories.get(path) ?? this.lookup(path)?.type === "directory";
  }
}

function viewEntry(stat: FileStat, linkTarget: string | undefined): ViewEntry {
  return {
    type: stat.type,
    mode: stat.type === "symlink" ? 0o777 : stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.type === "file" ? stat.size : 0,
    mtimeSeconds: stat.mtimeSeconds,
    mtimeNanoseconds: stat.mtimeNanoseconds,
    linkTarget,
    deviceMajor: stat.deviceMajor,
    deviceMinor: stat.deviceMinor,
    hardlinkGroup: stat.type !== "directory" && stat.links > 1 ? `${stat.device}:${stat.inode}` : undefined,
  };
}
