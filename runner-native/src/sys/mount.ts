import { check } from "./check.ts";
import { bindFunction, bindSyscall, cString } from "./libc.ts";

/** mount(2) MS_* */
export const mountFlags = {
  readOnly: 1,
  noSuid: 2,
  noDevices: 4,
  noExec: 8,
  remount: 32,
  noAccessTime: 1024,
  bind: 4096,
  move: 8192,
  recursive: 16384,
  private: 0x40000,
  slave: 0x80000,
} as const;

/** MOUNT_ATTR_* of fsmount(2) and mount_setattr(2). */
export const mountAttributes = {
  readOnly: 1,
  noSuid: 2,
  noDevices: 4,
  noExec: 8,
  noAccessTime: 0x10,
} as const;

/** umount2(2) flags. */
export const unmountFlags = { force: 1, detach: 2, noFollow: 8 } as const;

const openTreeFlags = { clone: 1, closeOnExec: 0o2000000, emptyPath: 0x1000, recursive: 0x8000 } as const;
/** MOVE_MOUNT_F_EMPTY_PATH: the descriptor itself is the mount. */
const moveFromEmptyPath = 4;
const closeOnExec = 1;
const setFlagCommand = 0;
const setStringCommand = 1;
const createCommand = 6;

const openTreeCall = bindSyscall("open_tree", ["int", "uint8_t *", "uint32_t"]);

/** A detached copy of the mount at a path (with "" of the descriptor): a bind mount that is nowhere yet. */
export function cloneMount(
  directory: number,
  path: string,
  depth: "single" | "recursive" = "single",
): number {
  const flags =
    openTreeFlags.clone |
    openTreeFlags.closeOnExec |
    (path === "" ? openTreeFlags.emptyPath : 0) |
    (depth === "recursive" ? openTreeFlags.recursive : 0);
  return check(openTreeCall(directory, cString(path), flags), "open_tree", path);
}

const moveMountCall = bindSyscall("move_mount", ["int", "uint8_t *", "int", "uint8_t *", "uint32_t"]);

/** Attaches a detached mount. */
export function moveMount(mountFd: number, directory: number, path: string): void {
  check(
    moveMountCall(mountFd, cString("", 1), directory, cString(path), moveFromEmptyPath),
    "move_mount",
    path,
  );
}

const fsopenCall = bindSyscall("fsopen", ["uint8_t *", "uint32_t"]);

/** A new file system context, to be configured and created. */
export function fsOpen(type: string): number {
  return check(fsopenCall(cString(type), closeOnExec), "fsopen", type);
}

const fsconfigCall = bindSyscall("fsconfig", ["int", "uint32_t", "uint8_t *", "uint8_t *", "int"]);

/** Sets an option; keys and values have at most 255 bytes. @throws SYSCALL_FAILED */
export function fsConfigString(fd: number, key: string, value: string): void {
  check(
    fsconfigCall(fd, setStringCommand, cString(key, 1), cString(value), 0),
    "fsconfig",
    `${key}=${value}`,
  );
}

/** Sets an option without a value. @throws SYSCALL_FAILED */
export function fsConfigFlag(fd: number, key: string): void {
  check(fsconfigCall(fd, setFlagCommand, cString(key), null, 0), "fsconfig", key);
}

/** Makes the superblock; what is wrong with the options is said here. */
export function fsCreate(fd: number): void {
  check(fsconfigCall(fd, createCommand, null, null, 0), "fsconfig", "create");
}

const fsmountCall = bindSyscall("fsmount", ["int", "uint32_t", "uint32_t"]);

/** A mount attached nowhere; it lives as long as its descriptor. */
export function fsMount(fd: number, attributes = 0): number {
  return check(fsmountCall(fd, closeOnExec, attributes), "fsmount");
}

const mountSetattrCall = bindSyscall("mount_setattr", [
  "int",
  "uint8_t *",
  "uint32_t",
  "uint8_t *",
  "size_t",
]);

/** Changes the attributes of a mount, with "" as path of the one the descriptor is in. */
export function mountSetattr(
  directory: number,
  path: string,
  change: { readonly set?: number; readonly clear?: number; readonly depth?: "single" | "recursive" },
): void {
  // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
  const attributes = new BigUint64Array([BigInt(change.set ?? 0), BigInt(change.clear ?? 0), 0n, 0n]);
  const flags =
    (path === "" ? openTreeFlags.emptyPath : 0) |
    (change.depth === "recursive" ? openTreeFlags.recursive : 0);
  const size = attributes.byteLength;
  const bytes = new Uint8Array(attributes.buffer);
  check(mountSetattrCall(directory, cString(path), flags, bytes, size), "mount_setattr", path);
}

const mountCall = bindFunction("mount", "int", [
  "uint8_t *",
  "uint8_t *",
  "uint8_t *",
  "uint64_t",
  "uint8_t *",
]);

/** mount(2), for kernels without the new mount API. */
export function mount(
  source: string,
  target: string,
  options: { readonly type?: string; readonly flags?: number; readonly data?: string } = {},
): void {
  const { type, flags = 0, data } = options;
  check(
    mountCall(
      cString(source),
      cString(target, 1),
      type === undefined ? null : Buffer.from(`${type}\0`, "latin1"),
      flags,
      data === undefined ? null : Buffer.from(`${data}\0`, "latin1"),
    ),
    "mount",
    target,
  );
}

const umount2Call = bindFunction("umount2", "int", ["uint8_t *", "int"]);

/** umount2(2), with its flags. @throws SYSCALL_FAILED */
export function unmount(target: string, flags = 0): void {
  check(umount2Call(cString(target), flags), "umount2", target);
}
