import { closeSync } from "node:fs";
import { hasErrno } from "../sys/check.ts";
import { currentDirectory, openAt2, openFlags, resolveFlags } from "../sys/files.ts";
import { isFeatureDisabled } from "../sys/features.ts";
import { openByWalk } from "./resolve-walk.ts";

/** Links resolve as if the root were "/", and none of /proc's magic links is followed. */
const insideRoot = resolveFlags.inRoot | resolveFlags.noMagicLinks;
/** The kernel takes paths up to PATH_MAX with their NUL; longer ones are walked. */
const longestPath = 4095;
/** openat2 gives EAGAIN when a rename anywhere raced with a ".."; how long to try again (openat2(2) "EAGAIN"). */
const retryMs = 2000;

/** Opens beneath a root by openat2(2): 2.3 µs, and the kernel answers for the safety. */
export function openByOpenat2(root: number, path: string, flags: number, mode: number): number {
  if (path.length > longestPath) return openByWalk(root, path, flags, mode);
  const how = { flags, mode, resolve: insideRoot };
  let deadline: number | undefined;
  for (;;) {
    try {
      return openAt2(root, path === "" ? "." : path, how);
    } catch (error) {
      if (!hasErrno(error, "EAGAIN")) throw error;
      deadline ??= performance.now() + retryMs;
      if (performance.now() > deadline) throw error;
    }
  }
}

let works: boolean | undefined;

/** Whether the kernel (5.6) has openat2 and no seccomp filter bars it; asked once. */
export function hasOpenat2(): boolean {
  if (isFeatureDisabled("openat2")) return false;
  works ??= probe();
  return works;
}

function probe(): boolean {
  try {
    const fd = openAt2(currentDirectory, "/", { flags: openFlags.path, resolve: insideRoot });
    closeSync(fd);
    return true;
  } catch (error) {
    // Older container runtimes answer EPERM for system calls they do not know.
    if (hasErrno(error, "ENOSYS", "EPERM", "EINVAL")) return false;
    throw error;
  }
}
