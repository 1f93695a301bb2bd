import { type FileStat, parentOf, type RootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { Xattrs } from "../tar/entry.ts";
import { metadataOf } from "./metadata-of.ts";
import { createNearDirectory, type NearDirectory } from "./near-directory.ts";
import { openedFile } from "./opened-file.ts";
import type { OpenContent, TreeView, ViewEntry } from "./tree-view.ts";

/**
 * A directory as a tree: a detached mount, a checkout, a local context. What was looked up once is remembered: a tree that changes
 * meanwhile wants a new view. Disposing the view closes the directory.
 */
export function createRootDirView(root: RootDir): TreeView {
  return new RootDirView(root);
}

class RootDirView implements TreeView {
  readonly #root: RootDir;
  readonly #near: NearDirectory;
  readonly #entries = new Map<TreePath, ViewEntry | undefined>();

  constructor(root: RootDir) {
    this.#root = root;
    this.#near = createNearDirectory(root);
  }

  lookup(path: TreePath): ViewEntry | undefined {
    const known = this.#entries.get(path);
    if (known || this.#entries.has(path)) return known;
    const entry = this.#read(path);
    this.#entries.set(path, entry);
    return entry;
  }

  list(directory: TreePath): readonly string[] {
    return this.lookup(directory)?.type === "directory" ? this.#root.list(directory) : [];
  }

  xattrs(path: TreePath): Xattrs | undefined {
    if (!this.lookup(path)) return undefined;
    const xattrs = this.#near.in(path, (directory, name) => directory.listXattrs(name));
    return xattrs.size > 0 ? xattrs : undefined;
  }

  async prepare(): Promise<void> {}

  content(path: TreePath): OpenContent {
    if (!this.#isInDirectory(path))
      throw layersError("CONTENT_CHANGED", `${JSON.stringify(path)} is not there any more`);
    return this.#near.in(path, openedFile);
  }

  [Symbol.dispose](): void {
    this.#near[Symbol.dispose]();
    this.#root[Symbol.dispose]();
  }

  /** RootDir follows links in the directory part of a path, a view does not. */
  #isInDirectory(path: TreePath): boolean {
    return path !== rootPath && this.lookup(parentOf(path))?.type === "directory";
  }

  #read(path: TreePath): ViewEntry | undefined {
    if (path === rootPath) return viewEntry(this.#root.lstat(rootPath), undefined);
    if (!this.#isInDirectory(path)) return undefined;
    return this.#near.in(path, (directory, name) => {
      const stat = directory.tryLstat(name);
      return stat && viewEntry(stat, stat.type === "symlink" ? directory.readlink(name) : undefined);
    });
  }
}

function viewEntry(stat: FileStat, linkTarget: string | undefined): ViewEntry {
  return {
    ...metadataOf(stat, linkTarget),
    type: stat.type,
    hardlinkGroup: stat.type !== "directory" && stat.links > 1 ? `${stat.device}:${stat.inode}` : undefined,
  };
}
