import type { TreePath } from "../tree-path.ts";

/** What lstat(2) calls a file. */
export type FileType = "file" | "directory" | "symlink" | "char" | "block" | "fifo" | "socket";

/** What lstat says, in plain numbers; times are split so that nothing is lost. */
export interface FileStat {
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  readonly ctimeSeconds: number;
  readonly ctimeNanoseconds: number;
  readonly inode: number;
  readonly device: number;
  readonly links: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

export interface OpenOptions {
  readonly mode?: number;
  /** Default "follow": links are resolved inside the root. "nofollow" refuses a link as last component (ELOOP). */
  readonly lastLink?: "follow" | "nofollow";
}

/**
 * One open directory, and everything beneath it: the only way to touch a path that came from outside.
 * Symbolic links resolve as if the directory were "/" (openat2 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, or a walk over
 * /proc/self/fd with O_NOFOLLOW); nothing outside is ever opened, whatever another process renames meanwhile.
 * All calls are synchronous (a batched synchronous call costs a quarter of an asynchronous one) and throw SyscallError.
 * Except for `openFile` and `openRoot`, the last component is never followed; parents are, inside the root.
 */
export interface RootDir extends Disposable {
  readonly fd: number;
  /** Opens a file, close-on-exec and never waiting for the other end of a fifo; `flags` are fs.constants.O_*. */
  openFile(path: TreePath, flags: number, options?: OpenOptions): number;
  /**
   * A RootDir over a directory beneath this one, links in `path` resolved inside this root. In long loops over one directory
   * it saves opening the parent each time: a path of one component needs no resolution.
   */
  openRoot(path: TreePath, options?: Pick<OpenOptions, "lastLink">): RootDir;
  lstat(path: TreePath): FileStat;
  /** Undefined when nothing is there (ENOENT, ENOTDIR). */
  tryLstat(path: TreePath): FileStat | undefined;
  /** Names in byte order, as byte strings. A link is not followed (ENOTDIR). */
  list(path: TreePath): string[];
  readlink(path: TreePath): string;
  listXattrs(path: TreePath): Map<string, Buffer>;
  /** As mkdir(2): the process' umask is taken off the mode. */
  mkdir(path: TreePath, mode: number): void;
  symlink(target: string, path: TreePath): void;
  link(existing: TreePath, path: TreePath): void;
  mknod(
    path: TreePath,
    type: "char" | "block" | "fifo",
    mode: number,
    device?: { major: number; minor: number },
  ): void;
  rename(from: TreePath, to: TreePath): void;
  unlink(path: TreePath): void;
  rmdir(path: TreePath): void;
  /** Removes whatever is there, recursively; silent when nothing is. */
  remove(path: TreePath): void;
  chown(path: TreePath, uid: number, gid: number): void;
  chmod(path: TreePath, mode: number): void;
  utimes(path: TreePath, seconds: number, nanoseconds: number): void;
  setXattr(path: TreePath, name: string, value: Uint8Array): void;
}
