import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { hasErrno, tryLock } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";

/** Memory, never a disk. */
const memory = "/dev/shm";
const prefix = "tsbuild-secret-";
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * A private directory in memory, gone when it is disposed. It is locked as long as its process lives: what a killed one left
 * behind is found unlocked and removed by the next.
 */
export function openMemoryDirectory(): Disposable & { readonly path: string } {
  sweep();
  try {
    for (;;) {
      const path = mkdtempSync(join(memory, prefix));
      const fd = lockedDirectory(path);
      if (fd !== undefined) return { path, [Symbol.dispose]: () => removeOwn(path, fd) };
    }
  } catch (cause) {
    throw builderError("OPTION_INVALID", `secrets are kept in ${memory}, which cannot be written`, {
      hint: `mount a tmpfs on ${memory}`,
      cause,
    });
  }
}

/** Undefined when another process took the new directory for a dead one's. */
function lockedDirectory(path: string): number | undefined {
  try {
    const fd = openSync(path, directoryFlags);
    if (tryLock(fd, "exclusive") && existsSync(path)) return fd;
    closeSync(fd);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
  return undefined;
}

function removeOwn(path: string, fd: number): void {
  rmSync(path, { recursive: true, force: true });
  closeSync(fd);
}

function sweep(): void {
  for (const name of namesIn(memory)) if (name.startsWith(prefix)) removeDead(join(memory, name));
}

function removeDead(path: string): void {
  try {
    const fd = openSync(path, directoryFlags);
    try {
      if (isOurs(fd) && tryLock(fd, "exclusive")) rmSync(path, { recursive: true, force: true });
    } finally {
      closeSync(fd);
    }
  } catch {
    // Somebody else's, or gone meanwhile.
  }
}

/** Everybody may write there: in a directory of another user, paths could be exchanged for links while we remove it. */
function isOurs(fd: number): boolean {
  return fstatSync(fd).uid === process.geteuid?.();
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // There is no such directory: making one in it says so.
    return [];
  }
}
