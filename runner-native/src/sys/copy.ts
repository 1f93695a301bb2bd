import { constants } from "node:os";
import { check, syscallError } from "./check.ts";
import { bindFunction, bindSyscall, lastErrno } from "./libc.ts";

/** _IOW(0x94, 9, int) */
const ficlone = 0x40049409;
const ioctlCall = bindFunction("ioctl", "int", ["int", "uint64_t", "int"]);

/** Shares the blocks of a whole file with an empty one (XFS, btrfs); false where the file systems cannot. */
export function cloneFile(fromFd: number, toFd: number): boolean {
  if (ioctlCall(toFd, ficlone, fromFd) === 0) return true;
  const errno = lastErrno();
  const { EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS, EPERM } = constants.errno;
  if ([EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS, EPERM].includes(errno)) return false;
  throw syscallError("ioctl(FICLONE)", errno);
}

const copyFileRangeCall = bindSyscall("copy_file_range", [
  "int",
  "uint8_t *",
  "int",
  "uint8_t *",
  "size_t",
  "uint32_t",
]);

const position = new BigInt64Array(1);
const positionBytes = new Uint8Array(position.buffer);

/**
 * Copies in the kernel, from a position of the source to the current one of the target; returns how many bytes it copied, 0 at the
 * end of the source. Throws EXDEV, EINVAL or EOPNOTSUPP between file systems that cannot.
 */
export function copyFileRange(
  from: { readonly fd: number; readonly position: number },
  toFd: number,
  size: number,
): number {
  position[0] = BigInt(from.position);
  return check(copyFileRangeCall(from.fd, positionBytes, toFd, null, size, 0), "copy_file_range");
}

/** SYNC_FILE_RANGE_WRITE */
const startWrite = 2;
const syncFileRangeCall = bindFunction("sync_file_range", "int", ["int", "int64_t", "int64_t", "uint32_t"]);

/** Lets the kernel begin to write a part of a file to its disk, so that a later fsync has less to wait for; a hint, never an error. */
export function startWriteback(fd: number, position: number, bytes: number): void {
  syncFileRangeCall(fd, position, bytes, startWrite);
}
