import { closeSync, constants, openSync } from "node:fs";
import {
  type FileStat,
  fsPath,
  joinTreePath,
  nameOf,
  openAt,
  parentOf,
  rootPath,
  type TreePath,
  tryStatAt,
} from "@tsbuild/runner-native";
import { statByNode } from "./stat-by-node.ts";

/** Directories kept open beside the root: enough for any real tree, far from the usual limit of 1,024 descriptors. */
const maxOpen = 64;

/** Native calls take half the time of paths through /proc, but loading them takes as long as so many of these. */
const worthNativeCalls = 2000;

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens directories beneath a root one name at a time, never following a link: what is opened lies in the root, whatever
 * another process renames meanwhile. As RootDir's walk, but without loading koffi for a few files, and made for walks: the
 * directories above the last one stay open.
 */
export class DirectoryStack implements Disposable {
  readonly #root: number;
  #calls = 0;
  readonly #open: { readonly path: TreePath; readonly fd: number }[] = [];

  /** `directory` is a path of the host, given by the user: links in it are followed. */
  constructor(directory: string) {
    this.#root = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** Opens something in a directory; `flags` say whether a last link is followed. */
  open(path: TreePath, flags: number): number {
    const directory = this.descriptor(parentOf(path));
    if (++this.#calls > worthNativeCalls) return openAt(directory, nameOf(path), flags);
    return openSync(fsPath(`/proc/self/fd/${directory}/${nameOf(path)}`), flags);
  }

  /** lstat of a name in an open directory; undefined when nothing is there any more. */
  stat(directory: number, name: string): FileStat | undefined {
    return ++this.#calls > worthNativeCalls ? tryStatAt(directory, name) : statByNode(directory, name);
  }

  /** The descriptor of a directory, valid until the next call. @throws ENOENT, ENOTDIR */
  descriptor(directory: TreePath): number {
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

  [Symbol.dispose](): void {
    this.#closeTo(0);
    closeSync(this.#root);
  }

  #closeTo(count: number): void {
    for (const { fd } of this.#open.splice(count)) closeSync(fd);
  }
}

function isAtOrBelow(path: TreePath, directory: TreePath): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
