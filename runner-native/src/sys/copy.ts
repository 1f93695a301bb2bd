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

/**
 * Copies in the kernel, from and to the current positions; returns how many bytes it copied, 0 at the end of the source.
 * Throws EXDEV, EINVAL or EOPNOTSUPP between file systems that cannot.
 */
export function copyFileRange(fromFd: number, toFd: number, size: number): number {
  return check(copyFileRangeCall(fromFd, null, toFd, null, size, 0), "copy_file_range");
}
