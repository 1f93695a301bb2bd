import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { type LockMode, lockBlocking, tryLock, unlock, waitForLock } from "@tsbuild/runner-native";
import { errnoOf, isMissing } from "./failure.ts";

/** An open file with a lock on it. The lock dies with the process; disposing it lets go. */
export interface HeldLock extends Disposable {
  readonly fd: number;
}

const existing = constants.O_RDWR | constants.O_NOFOLLOW;
const flags = existing | constants.O_CREAT;

/** Takes the lock if nobody holds it; undefined otherwise. */
export function tryLockFile(path: string, mode: LockMode): HeldLock | undefined {
  return tryLockOpened(path, flags, mode);
}

/** As `tryLockFile`, but makes no file: undefined when there is none, or when it is somebody else's and closed to us. */
export function tryLockExisting(path: string, mode: LockMode): HeldLock | undefined {
  try {
    return tryLockOpened(path, existing, mode);
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === "EACCES") return undefined;
    throw error;
  }
}

function tryLockOpened(path: string, openFlags: number, mode: LockMode): HeldLock | undefined {
  for (;;) {
    const fd = openSync(path, openFlags, 0o600);
    if (!attempt(fd, () => tryLock(fd, mode))) {
      closeSync(fd);
      return undefined;
    }
    if (isStill(path, fd)) return held(fd);
    closeSync(fd);
  }
}

/** Blocks the thread until the lock is ours: for sections of which every holder is quick and synchronous. */
export function lockFileBlocking(path: string, mode: LockMode): HeldLock {
  for (;;) {
    const fd = openSync(path, flags, 0o600);
    attempt(fd, () => lockBlocking(fd, mode));
    if (isStill(path, fd)) return held(fd);
    closeSync(fd);
  }
}

/** Waits without blocking the thread. @throws the signal's reason */
export async function lockFile(path: string, mode: LockMode, signal?: AbortSignal): Promise<HeldLock> {
  signal?.throwIfAborted();
  for (;;) {
    const fd = openSync(path, flags, 0o600);
    try {
      await waitForLock(fd, mode, signal);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (isStill(path, fd)) return held(fd);
    closeSync(fd);
  }
}

function attempt<Result>(fd: number, take: () => Result): Result {
  try {
    return take();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whoever removes a lock file holds its lock: a lock on a file that is gone protects nothing, so take it anew. */
function isStill(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (!now) return false;
  const ours = fstatSync(fd, { bigint: true });
  return now.ino === ours.ino && now.dev === ours.dev;
}

function held(fd: number): HeldLock {
  let open = true;
  return {
    fd,
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      unlock(fd);
      closeSync(fd);
    },
  };
}
