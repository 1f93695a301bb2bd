import { closeSync, constants, readdirSync } from "node:fs";
import { runnerError } from "../errors.ts";
import { hasErrno } from "../sys/check.ts";
import {
  chownAt,
  linkAt,
  mkdirAt,
  mknodAt,
  openFlags,
  readlinkAt,
  renameAt,
  rmdirAt,
  symlinkAt,
  unlinkAt,
  utimesAt,
} from "../sys/files.ts";
import { statAt, tryStatAt } from "../sys/statx.ts";
import { getXattr, listXattrs, setXattr } from "../sys/xattr.ts";
import { type TreePath, textFromBytes } from "../tree-path.ts";
import { chmodNofollow } from "./chmod.ts";
import { removeAt } from "./remove.ts";
import type { FileStat, OpenOptions, RootDir } from "./root-dir.ts";

/** Opens `path` beneath `root`, links resolved inside it: what the two implementations differ in. */
export type OpenBeneath = (root: number, path: string, flags: number, mode: number) => number;

const directoryFlags = openFlags.path | constants.O_DIRECTORY;

/** A RootDir over an open directory, which it closes. */
export class RootedDirectory implements RootDir {
  readonly fd: number;
  readonly #open: OpenBeneath;
  #closed = false;

  constructor(fd: number, open: OpenBeneath) {
    this.fd = fd;
    this.#open = open;
  }

  openFile(path: TreePath, flags: number, options: OpenOptions = {}): number {
    // A fifo put where a file was must not hang the build; on files it changes nothing.
    const nonBlocking = (flags & openFlags.path) === 0 ? constants.O_NONBLOCK | constants.O_NOCTTY : 0;
    const mode = (flags & constants.O_CREAT) === 0 ? 0 : (options.mode ?? 0o666);
    return this.#open(this.fd, path, flags | nofollowFlag(options) | nonBlocking, mode);
  }

  openRoot(path: TreePath, options: Pick<OpenOptions, "lastLink"> = {}): RootDir {
    const fd = this.#open(this.fd, path, directoryFlags | nofollowFlag(options), 0);
    return new RootedDirectory(fd, this.#open);
  }

  lstat(path: TreePath): FileStat {
    return this.#at(path, statAt);
  }

  tryLstat(path: TreePath): FileStat | undefined {
    try {
      return this.#at(path, tryStatAt);
    } catch (error) {
      // A parent is missing or no directory.
      if (hasErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  list(path: TreePath): string[] {
    if (path === "") return namesIn(this.fd);
    const fd = this.#open(
      this.fd,
      path,
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
      0,
    );
    try {
      return namesIn(fd);
    } finally {
      closeSync(fd);
    }
  }

  readlink(path: TreePath): string {
    return this.#at(path, readlinkAt);
  }

  listXattrs(path: TreePath): Map<string, Buffer> {
    return this.#at(path, xattrsAt);
  }

  mkdir(path: TreePath, mode: number): void {
    this.#at(path, (directory, name) => mkdirAt(directory, name, mode));
  }

  symlink(target: string, path: TreePath): void {
    this.#at(path, (directory, name) => symlinkAt(target, directory, name));
  }

  link(existing: TreePath, path: TreePath): void {
    this.#at(existing, (from, fromName) => this.#at(path, (to, name) => linkAt(from, fromName, to, name)));
  }

  mknod(
    path: TreePath,
    type: "char" | "block" | "fifo",
    mode: number,
    device?: { major: number; minor: number },
  ): void {
    this.#at(path, (directory, name) => mknodAt(directory, name, { type, mode, ...device }));
  }

  rename(from: TreePath, to: TreePath): void {
    this.#at(from, (fromDirectory, fromName) =>
      this.#at(to, (directory, path) =>
        renameAt({ directory: fromDirectory, path: fromName }, { directory, path }),
      ),
    );
  }

  unlink(path: TreePath): void {
    this.#at(path, unlinkAt);
  }

  rmdir(path: TreePath): void {
    this.#at(path, rmdirAt);
  }

  remove(path: TreePath): void {
    if (path === "") throw runnerError("PATH_INVALID", "an open root cannot remove itself");
    try {
      this.#at(path, removeAt);
    } catch (error) {
      // Nothing is there when a parent is missing.
      if (!hasErrno(error, "ENOENT", "ENOTDIR")) throw error;
    }
  }

  chown(path: TreePath, uid: number, gid: number): void {
    this.#at(path, (directory, name) => chownAt(directory, name, uid, gid));
  }

  chmod(path: TreePath, mode: number): void {
    this.#at(path, (directory, name) => chmodNofollow(directory, name, mode));
  }

  utimes(path: TreePath, seconds: number, nanoseconds: number): void {
    this.#at(path, (directory, name) => utimesAt(directory, name, seconds, nanoseconds));
  }

  setXattr(path: TreePath, name: string, value: Uint8Array): void {
    this.#at(path, (directory, file) => setXattr(procPath(directory, file), name, value));
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }

  /** Acts on (parent, name). A path of one component needs no open: that is what `openRoot` is for in long loops. */
  #at<Result>(path: string, act: (directory: number, name: string) => Result): Result {
    const slash = path.lastIndexOf("/");
    if (slash < 0) return act(this.fd, path === "" ? "." : single(path, path));
    const name = single(path.slice(slash + 1), path);
    const directory = this.#open(this.fd, path.slice(0, slash), directoryFlags, 0);
    try {
      return act(directory, name);
    } finally {
      closeSync(directory);
    }
  }
}

function nofollowFlag({ lastLink }: Pick<OpenOptions, "lastLink">): number {
  return lastLink === "nofollow" ? constants.O_NOFOLLOW : 0;
}

/** A last component goes to the kernel as it is, so "..", which only a cast could bring here, would leave the root. */
function single(name: string, path: string): string {
  if (name === "" || name === "." || name === "..")
    throw runnerError(
      "PATH_INVALID",
      `the path ${JSON.stringify(textFromBytes(path))} has no plain last component`,
    );
  return name;
}

/** Path calls on (directory, name): the link of /proc jumps to the directory itself, the name is not followed. */
function procPath(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

function namesIn(fd: number): string[] {
  // One character per byte, so that < sorts by bytes.
  return readdirSync(`/proc/self/fd/${fd}`, { encoding: "latin1" }).sort(byBytes);
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function xattrsAt(directory: number, name: string): Map<string, Buffer> {
  const path = procPath(directory, name);
  const found = new Map<string, Buffer>();
  for (const key of namesOfXattrs(path)) {
    const value = getXattr(path, key);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}

function namesOfXattrs(path: string): string[] {
  try {
    return listXattrs(path);
  } catch (error) {
    // A file system without attributes has none.
    if (hasErrno(error, "EOPNOTSUPP")) return [];
    throw error;
  }
}
