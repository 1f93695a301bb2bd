import { check } from "./check.ts";
import { bindFunction, bindSyscall, cString, lastErrno } from "./libc.ts";

/**
 * Calls on (directory descriptor, name). Names and paths are byte strings (latin1); text goes through bytesFromText.
 * `currentDirectory` as descriptor takes the path as the process sees it.
 */
export const currentDirectory = -100;

/** open(2) flags that node:fs does not name; the same on x86-64 and arm64. */
export const openFlags = { path: 0o10000000, closeOnExec: 0o2000000 } as const;

/** openat2(2) RESOLVE_* */
export const resolveFlags = {
  noCrossDevice: 1,
  noMagicLinks: 2,
  noSymlinks: 4,
  beneath: 8,
  inRoot: 16,
} as const;

const atSymlinkNofollow = 0x100;
const atRemoveDirectory = 0x200;

const openatCall = bindSyscall("openat", ["int", "uint8_t *", "int", "uint32_t"]);
const openat2Call = bindSyscall("openat2", ["int", "uint8_t *", "uint8_t *", "size_t"]);
const openHow = new BigUint64Array(3);
const openHowBytes = new Uint8Array(openHow.buffer);

/** Opens close-on-exec. */
export function openAt(directory: number, path: string, flags: number, mode = 0): number {
  return check(openatCall(directory, cString(path), flags | openFlags.closeOnExec, mode), "openat", path);
}

/** Opens close-on-exec with RESOLVE_* flags; EAGAIN means that a rename raced with a ".." and it may be tried again. */
export function openAt2(
  directory: number,
  path: string,
  how: { readonly flags: number; readonly mode?: number; readonly resolve: number },
): number {
  openHow[0] = BigInt(how.flags | openFlags.closeOnExec);
  openHow[1] = BigInt(how.mode ?? 0);
  openHow[2] = BigInt(how.resolve);
  return check(openat2Call(directory, cString(path), openHowBytes, openHowBytes.length), "openat2", path);
}

const mkdiratCall = bindFunction("mkdirat", "int", ["int", "uint8_t *", "uint32_t"]);

/** mkdirat(2): the umask takes its part of the mode. @throws SYSCALL_FAILED, as all functions of this file */
export function mkdirAt(directory: number, path: string, mode: number): void {
  check(mkdiratCall(directory, cString(path), mode), "mkdirat", path);
}

const symlinkatCall = bindFunction("symlinkat", "int", ["uint8_t *", "int", "uint8_t *"]);

/** symlinkat(2): the target is kept as it is, also where it leads nowhere. */
export function symlinkAt(target: string, directory: number, path: string): void {
  check(symlinkatCall(cString(target, 1), directory, cString(path)), "symlinkat", path);
}

const linkatCall = bindFunction("linkat", "int", ["int", "uint8_t *", "int", "uint8_t *", "int"]);

/** A symbolic link as source is linked itself, not followed. */
export function linkAt(fromDirectory: number, from: string, toDirectory: number, to: string): void {
  check(linkatCall(fromDirectory, cString(from), toDirectory, cString(to, 1), 0), "linkat", to);
}

const unlinkatCall = bindFunction("unlinkat", "int", ["int", "uint8_t *", "int"]);

/** Removes a name that is no directory; a link itself, not what it leads to. */
export function unlinkAt(directory: number, path: string): void {
  check(unlinkatCall(directory, cString(path), 0), "unlinkat", path);
}

/** Removes an empty directory. */
export function rmdirAt(directory: number, path: string): void {
  check(unlinkatCall(directory, cString(path), atRemoveDirectory), "unlinkat", path);
}

/** Removes a file, or with "directory" an empty directory; gives the errno instead of throwing it, 0 when it is gone. */
export function tryRemoveAt(directory: number, path: string, kind: "file" | "directory"): number {
  const flags = kind === "directory" ? atRemoveDirectory : 0;
  return unlinkatCall(directory, cString(path), flags) === 0 ? 0 : lastErrno();
}

const readlinkatCall = bindFunction("readlinkat", "int64_t", ["int", "uint8_t *", "uint8_t *", "size_t"]);
const linkBuffer = Buffer.alloc(4096);

/** readlinkat(2): the target as a byte string, cut at 4096 bytes (PATH_MAX). */
export function readlinkAt(directory: number, path: string): string {
  const size = check(
    readlinkatCall(directory, cString(path), linkBuffer, linkBuffer.length),
    "readlinkat",
    path,
  );
  return linkBuffer.toString("latin1", 0, size);
}

const mknodatCall = bindFunction("mknodat", "int", ["int", "uint8_t *", "uint32_t", "uint64_t"]);
const nodeTypes = {
  file: 0o100000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
  socket: 0o140000,
} as const;

/** What mknod(2) can make besides files. */
export type NodeType = keyof typeof nodeTypes;

/** A char device 0:0 is an overlayfs whiteout, which an ordinary user may make as well. */
export function mknodAt(
  directory: number,
  path: string,
  node: { readonly type: NodeType; readonly mode: number; readonly major?: number; readonly minor?: number },
): void {
  const device = BigInt(makeDevice(node.major ?? 0, node.minor ?? 0));
  check(mknodatCall(directory, cString(path), nodeTypes[node.type] | node.mode, device), "mknodat", path);
}

/** glibc's makedev(3): what st_dev and st_rdev of node:fs hold. */
export function makeDevice(major: number, minor: number): number {
  const low = ((major & 0xfff) << 8) | (minor & 0xff);
  return low + (minor >>> 8) * 0x100000 + (major >>> 12) * 0x100000000000;
}

const fchownatCall = bindFunction("fchownat", "int", ["int", "uint8_t *", "uint32_t", "uint32_t", "int"]);

/** Never follows a link as last component. Clears setuid and setgid, so chmod comes after it. */
export function chownAt(directory: number, path: string, uid: number, gid: number): void {
  check(fchownatCall(directory, cString(path), uid, gid, atSymlinkNofollow), "fchownat", path);
}

const fchmodat2Call = bindSyscall("fchmodat2", ["int", "uint8_t *", "uint32_t", "int"]);

/** Never follows a link as last component; Linux ≥ 6.6, else ENOSYS. */
export function chmodAt(directory: number, path: string, mode: number): void {
  check(fchmodat2Call(directory, cString(path), mode, atSymlinkNofollow), "fchmodat2", path);
}

const utimensatCall = bindFunction("utimensat", "int", ["int", "uint8_t *", "uint8_t *", "int"]);
const timespecs = new BigInt64Array(4);
const timespecBytes = new Uint8Array(timespecs.buffer);

/** Sets access and modification time alike, to the nanosecond; never follows a link as last component. */
export function utimesAt(directory: number, path: string, seconds: number, nanoseconds: number): void {
  timespecs[0] = timespecs[2] = BigInt(seconds);
  timespecs[1] = timespecs[3] = BigInt(nanoseconds);
  check(utimensatCall(directory, cString(path), timespecBytes, atSymlinkNofollow), "utimensat", path);
}

const renameat2Call = bindSyscall("renameat2", ["int", "uint8_t *", "int", "uint8_t *", "uint32_t"]);
const renameFlags = { replace: 0, noreplace: 1, exchange: 2 } as const;

/** renameat2(2): "noreplace" fails with EEXIST, "exchange" swaps the two. */
export function renameAt(
  from: { readonly directory: number; readonly path: string },
  to: { readonly directory: number; readonly path: string },
  mode: keyof typeof renameFlags = "replace",
): void {
  const flags = renameFlags[mode];
  check(
    renameat2Call(from.directory, cString(from.path), to.directory, cString(to.path, 1), flags),
    "renameat2",
    from.path,
  );
}

const syncfsCall = bindFunction("syncfs", "int", ["int"]);

/** Writes everything of the file system of this descriptor to its device. */
export function syncFileSystem(fd: number): void {
  check(syncfsCall(fd), "syncfs");
}
