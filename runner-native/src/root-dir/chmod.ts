import { chmodSync, closeSync, constants } from "node:fs";
import { hasErrno } from "../sys/check.ts";
import { isFeatureDisabled } from "../sys/features.ts";
import { chmodAt, openAt, openFlags } from "../sys/files.ts";

let hasFchmodat2 = true;

/** Changes the mode of a name that is not followed: fchmodat(2) has no such flag before Linux 6.6. */
export function chmodNofollow(directory: number, name: string, mode: number): void {
  if (!hasFchmodat2 || isFeatureDisabled("fchmodat2")) return chmodOpened(directory, name, mode);
  try {
    chmodAt(directory, name, mode);
  } catch (error) {
    // EPERM is also what seccomp filters answer for calls they do not know; then the other way tells.
    if (!hasErrno(error, "ENOSYS", "EPERM")) throw error;
    if (hasErrno(error, "ENOSYS")) hasFchmodat2 = false;
    chmodOpened(directory, name, mode);
  }
}

/** The link in /proc leads to the opened inode, a symbolic link included, which then refuses (EOPNOTSUPP). */
function chmodOpened(directory: number, name: string, mode: number): void {
  const fd = openAt(directory, name, openFlags.path | constants.O_NOFOLLOW);
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}
