import { closeSync, constants, fchmodSync, readdirSync } from "node:fs";
import { constants as system } from "node:os";
import { hasErrno, syscallError } from "../sys/check.ts";
import { openAt, rmdirAt, tryRemoveAt } from "../sys/files.ts";
import { statAt } from "../sys/statx.ts";
import { chmodNofollow } from "./chmod.ts";

/** How many directories are held open on the way down; above that ".." leads back, checked. */
const openDirectories = 64;

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const ownerBits = 0o700;
const closed = -1;

/** A directory being emptied. */
interface Level {
  /** `closed` while too many are open. */
  fd: number;
  readonly name: string;
  readonly device: number;
  readonly inode: number;
  readonly pending: string[];
}

/**
 * Removes a name and everything beneath it, silent when nothing is there. Follows no link, enters no other file system,
 * and needs neither recursion nor a descriptor for each level, so no depth defeats it.
 */
export function removeAt(directory: number, name: string): void {
  if (removeOne(directory, name)) return;
  const { device } = statAt(directory, "");
  const levels: Level[] = [];
  try {
    enter(levels, directory, { name, device });
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const next = level.pending.pop();
      if (next === undefined) leave(levels, directory);
      else if (!removeOne(level.fd, next)) enter(levels, level.fd, { name: next, device });
    }
  } finally {
    for (const { fd } of levels) if (fd !== closed) closeSync(fd);
  }
}

/** True when the name is gone; false for a directory with content. */
function removeOne(directory: number, name: string): boolean {
  const { ENOENT, EISDIR, ENOTEMPTY, EEXIST } = system.errno;
  let errno = tryRemoveAt(directory, name, "file");
  if (errno === EISDIR) errno = tryRemoveAt(directory, name, "directory");
  if (errno === 0 || errno === ENOENT) return true;
  if (errno === ENOTEMPTY || errno === EEXIST) return false;
  throw syscallError("unlinkat", errno, name);
}

function enter(
  levels: Level[],
  parent: number,
  at: { readonly name: string; readonly device: number },
): void {
  const fd = openForOwner(parent, at.name);
  const { device, inode } = statAt(fd, "");
  levels.push({ fd, name: at.name, device, inode, pending: [] });
  if (device !== at.device) throw syscallError("unlinkat", system.errno.EXDEV, at.name);
  levels.at(-1)?.pending.push(...namesIn(fd));
  const far = levels.at(-1 - openDirectories);
  if (far && far.fd !== closed) {
    closeSync(far.fd);
    far.fd = closed;
  }
}

/** An owner without root's rights may have to give them to himself first: overlayfs makes directories of mode 0. */
function openForOwner(parent: number, name: string): number {
  let fd: number;
  try {
    fd = openAt(parent, name, directoryFlags);
  } catch (error) {
    if (!hasErrno(error, "EACCES")) throw error;
    chmodNofollow(parent, name, ownerBits);
    return openAt(parent, name, directoryFlags);
  }
  if (process.geteuid?.() !== 0 && (statAt(fd, "").mode & ownerBits) !== ownerBits) fchmodSync(fd, ownerBits);
  return fd;
}

function namesIn(fd: number): string[] {
  return readdirSync(`/proc/self/fd/${fd}`, { encoding: "latin1" });
}

function leave(levels: Level[], directory: number): void {
  const child = levels.pop() as Level;
  const parent = levels.at(-1);
  try {
    if (parent?.fd === closed) parent.fd = reopen(parent, child.fd);
  } finally {
    closeSync(child.fd);
  }
  rmdirAt(parent?.fd ?? directory, child.name);
}

/** Back up through "..", which must still lead to the directory we came from. */
function reopen(parent: Level, childFd: number): number {
  const fd = openAt(childFd, "..", directoryFlags);
  const { device, inode } = statAt(fd, "");
  if (device === parent.device && inode === parent.inode) return fd;
  closeSync(fd);
  throw syscallError("unlinkat", system.errno.ESTALE, parent.name);
}
