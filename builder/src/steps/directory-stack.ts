import { closeSync, constants, openSync } from "node:fs";
import {
  fsPath,
  joinTreePath,
  nameOf,
  openAt,
  parentOf,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";

/** Directories kept open beside the root: enough for any real tree, far from the usual limit of 1,024 descriptors. */
const maxOpen = 64;

/** openat(2) takes half the time of a path through /proc, but loading the native calls takes as long as so many files. */
const filesWorthNativeCalls = 4000;

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens directories beneath a root one name at a time, never following a link: what is opened lies in the root, whatever
 * another process renames meanwhile. As RootDir's walk, but without loading koffi for a few files, and made for walks: the
 * directories above the last one stay open.
 */
export class DirectoryStack implements Disposable {
  readonly #root: number;
  #files = 0;
  readonly #open: { readonly path: TreePath; readonly fd: number }[] = [];

  /** `directory` is a path of the host, given by the user: links in it are followed. */
  constructor(directory: string) {
    this.#root = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** The path of a directory through its descriptor, valid until the next call. @throws ENOENT, ENOTDIR */
  path(directory: TreePath): string {
    return `/proc/self/fd/${this.#descriptor(directory)}`;
  }

  /** Opens something in a directory; `flags` say whether a last link is followed. */
  open(path: TreePath, flags: number): number {
    this.#files += 1;
    if (this.#files <= filesWorthNativeCalls) return openSync(this.pathOf(path), flags);
    return openAt(this.#descriptor(parentOf(path)), nameOf(path), flags);
  }

  /** The path of something in a directory: one name behind a descriptor, valid until the next call. */
  pathOf(path: TreePath): string | Buffer {
    return fsPath(path === rootPath ? this.path(rootPath) : `${this.path(parentOf(path))}/${nameOf(path)}`);
  }

  [Symbol.dispose](): void {
    this.#closeTo(0);
    closeSync(this.#root);
  }

  #descriptor(directory: TreePath): number {
    if (directory === rootPath) return this.#root;
    let keep = this.#open.length;
    while (keep > 0 && !isAtOrBelow(directory, this.#open[keep - 1]?.path as TreePath)) keep--;
    this.#closeTo(keep);
    const top = this.#open.at(-1);
    if (top?.path === directory) return top.fd;
    let at = top?.path ?? rootPath;
    let fd = top?.fd ?? this.#root;
    for (const name of directory.slice(at === rootPath ? 0 : at.length + 1).split("/")) {
      at = joinTreePath(at, name);
      fd = openSync(fsPath(`/proc/self/fd/${fd}/${name}`), directoryFlags);
      this.#open.push({ path: at, fd });
      if (this.#open.length > maxOpen) closeSync((this.#open.shift() as { fd: number }).fd);
    }
    return fd;
  }

  #closeTo(count: number): void {
    for (const { fd } of this.#open.splice(count)) closeSync(fd);
  }
}

function isAtOrBelow(path: TreePath, directory: TreePath): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
