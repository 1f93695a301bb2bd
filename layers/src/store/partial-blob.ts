import { fstatSync, ftruncateSync } from "node:fs";
import { createHasher, type Digest, hexOf } from "../digest.ts";
import { type FillingFile, fillingFile } from "./blob-writer.ts";
import { readFully } from "./durable.ts";
import { writeFailure } from "./failure.ts";
import { type HeldLock, tryLockFile } from "./lock-file.ts";
import type { Places } from "./places.ts";

const chunkBytes = 1 << 20;

/**
 * The file of an interrupted download, locked for us, with what is there hashed: partial/<hex>.
 * Undefined while someone else fills it. It survives without a commit; what is in it is only trusted by its final digest.
 */
export function partialFile(places: Places, digest: Digest): FillingFile | undefined {
  const path = `${places.partial}/${hexOf(digest)}`;
  let lock: HeldLock | undefined;
  try {
    lock = tryLockFile(path, "exclusive");
    if (!lock) return undefined;
    const { fd } = lock;
    const hasher = createHasher();
    const size = hashExisting(fd, hasher);
    const close = lock[Symbol.dispose].bind(lock);
    return fillingFile({ path, fd, close }, { size, hasher, leftover: "keep" });
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw writeFailure(error, places.root, 0);
  }
}

function hashExisting(fd: number, hasher: { update(chunk: Uint8Array): void }): number {
  const { size } = fstatSync(fd);
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size));
  let position = 0;
  while (position < size) {
    const count = readFully(fd, chunk, position);
    if (count === 0) break;
    hasher.update(chunk.subarray(0, count));
    position += count;
  }
  ftruncateSync(fd, position);
  return position;
}
