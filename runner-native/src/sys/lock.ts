import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { syscallError } from "./check.ts";
import { bindFunction, lastErrno } from "./libc.ts";

/** Any number may share a lock; one alone holds it exclusively. */
export type LockMode = "shared" | "exclusive";

const operations = { shared: 1, exclusive: 2, unlock: 8 } as const;
const nonBlocking = 4;
/** Between two attempts at a lock that someone else holds: quick at first, then gentle. */
const retryMs = { first: 1, longest: 50 } as const;

const flockCall = bindFunction("flock", "int", ["int", "int"]);

/** Takes the lock of this open file if it is free (0.9 µs); false while someone else holds it. Dies with the process. */
export function tryLock(fd: number, mode: LockMode): boolean {
  if (flockCall(fd, operations[mode] | nonBlocking) === 0) return true;
  const errno = lastErrno();
  if (errno === constants.errno.EAGAIN || errno === constants.errno.EINTR) return false;
  throw syscallError("flock", errno);
}

/** Blocks the whole thread until the lock is ours: only where nothing else has to go on. */
export function lockBlocking(fd: number, mode: LockMode): void {
  while (flockCall(fd, operations[mode]) !== 0) {
    const errno = lastErrno();
    if (errno !== constants.errno.EINTR) throw syscallError("flock", errno);
  }
}

/** Waits for the lock without blocking the thread; throws the signal's reason when it is aborted. */
export async function waitForLock(fd: number, mode: LockMode, signal?: AbortSignal): Promise<void> {
  let waitMs: number = retryMs.first;
  while (!tryLock(fd, mode)) {
    signal?.throwIfAborted();
    await delay(waitMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    waitMs = Math.min(waitMs * 2, retryMs.longest);
  }
}

/** Gives the lock back; closing the file does the same. @throws SYSCALL_FAILED */
export function unlock(fd: number): void {
  if (flockCall(fd, operations.unlock) !== 0) throw syscallError("flock", lastErrno());
}
