import { constants } from "node:os";
import { check, syscallError } from "./check.ts";
import { bindFunction, cString, lastErrno } from "./libc.ts";

/** An open descriptor (not O_PATH), or a path whose last component is not followed. */
export type XattrTarget = number | string;

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel: one call always suffices. */
const scratch = Buffer.alloc(65536);

const get = {
  byPath: bindFunction("lgetxattr", "int64_t", ["uint8_t *", "uint8_t *", "uint8_t *", "size_t"]),
  byFd: bindFunction("fgetxattr", "int64_t", ["int", "uint8_t *", "uint8_t *", "size_t"]),
};
const list = {
  byPath: bindFunction("llistxattr", "int64_t", ["uint8_t *", "uint8_t *", "size_t"]),
  byFd: bindFunction("flistxattr", "int64_t", ["int", "uint8_t *", "size_t"]),
};
const set = {
  byPath: bindFunction("lsetxattr", "int", ["uint8_t *", "uint8_t *", "uint8_t *", "size_t", "int"]),
  byFd: bindFunction("fsetxattr", "int", ["int", "uint8_t *", "uint8_t *", "size_t", "int"]),
};
const remove = {
  byPath: bindFunction("lremovexattr", "int", ["uint8_t *", "uint8_t *"]),
  byFd: bindFunction("fremovexattr", "int", ["int", "uint8_t *"]),
};

/** The value in exact bytes; undefined when the file has no such attribute, or its file system none at all (vfat, NFS 3, FUSE). */
export function getXattr(target: XattrTarget, name: string): Buffer | undefined {
  const size =
    typeof target === "number"
      ? get.byFd(target, cString(name, 1), scratch, scratch.length)
      : get.byPath(cString(target), cString(name, 1), scratch, scratch.length);
  if (size >= 0) return Buffer.from(scratch.subarray(0, size));
  const errno = lastErrno();
  if (errno === constants.errno.ENODATA || errno === constants.errno.EOPNOTSUPP) return undefined;
  throw syscallError("lgetxattr", errno, pathOf(target));
}

/** Names as byte strings, in the kernel's order; none on a file system without attributes. */
export function listXattrs(target: XattrTarget): string[] {
  const size =
    typeof target === "number"
      ? list.byFd(target, scratch, scratch.length)
      : list.byPath(cString(target), scratch, scratch.length);
  if (size < 0 && lastErrno() === constants.errno.EOPNOTSUPP) return [];
  check(size, "llistxattr", pathOf(target));
  return size === 0 ? [] : scratch.toString("latin1", 0, size - 1).split("\0");
}

/** Sets an attribute, or replaces it. @throws SYSCALL_FAILED, EOPNOTSUPP where the file system has none */
export function setXattr(target: XattrTarget, name: string, value: Uint8Array): void {
  const result =
    typeof target === "number"
      ? set.byFd(target, cString(name, 1), value, value.length, 0)
      : set.byPath(cString(target), cString(name, 1), value, value.length, 0);
  check(result, "lsetxattr", pathOf(target));
}

/** Takes an attribute off. @throws SYSCALL_FAILED, ENODATA when it is not there */
export function removeXattr(target: XattrTarget, name: string): void {
  const result =
    typeof target === "number"
      ? remove.byFd(target, cString(name, 1))
      : remove.byPath(cString(target), cString(name, 1));
  check(result, "lremovexattr", pathOf(target));
}

function pathOf(target: XattrTarget): string | undefined {
  return typeof target === "number" ? undefined : target;
}
