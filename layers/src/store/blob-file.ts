import { closeSync, constants, fstatSync, openSync, renameSync, rmSync } from "node:fs";
import { createHasher, type Digest, digestOf, hexOf } from "../digest.ts";
import { layersError } from "../errors.ts";
import { readFully } from "./durable.ts";
import { ioFailure, isMissing } from "./failure.ts";
import { blobPath, type Places } from "./places.ts";

/** Big enough that the cost of a call does not count, small enough to stay in cache. */
const chunkBytes = 1 << 20;

/** The bytes of a small blob, verified. A damaged one is moved to quarantine/, so that the next caller finds it missing. */
export function readBlob(places: Places, digest: Digest, maxBytes: number): Buffer {
  using file = openBlob(places, digest);
  if (file.size > maxBytes)
    throw layersError(
      "BLOB_TOO_LARGE",
      `blob ${digest} has ${file.size} bytes, more than the ${maxBytes} allowed`,
    );
  const bytes = Buffer.allocUnsafe(file.size);
  const count = guarded(places, () => readFully(file.fd, bytes, 0));
  if (count !== file.size || digestOf(bytes) !== digest) throw quarantined(places, digest);
  return bytes;
}

/** Streams a blob; its last chunk comes only when the digest of the whole was right. */
export async function* streamBlob(places: Places, digest: Digest): AsyncGenerator<Uint8Array> {
  using file = openBlob(places, digest);
  const hasher = createHasher();
  let position = 0;
  let pending: Uint8Array | undefined;
  while (position < file.size) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, file.size - position));
    const count = guarded(places, () => readFully(file.fd, chunk, position));
    if (count !== chunk.length) throw quarantined(places, digest);
    hasher.update(chunk);
    position += count;
    if (pending) yield pending;
    pending = chunk;
  }
  if (hasher.digest() !== digest) throw quarantined(places, digest);
  if (pending) yield pending;
}

/** True when the file of a blob has these bytes; reads it whole. */
export function isIntact(places: Places, digest: Digest): boolean {
  using file = tryOpen(places, digest);
  if (!file) return false;
  const hasher = createHasher();
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, file.size));
  for (let position = 0; position < file.size; ) {
    const count = guarded(places, () => readFully(file.fd, chunk, position));
    if (count === 0) return false;
    hasher.update(chunk.subarray(0, count));
    position += count;
  }
  return hasher.digest() === digest;
}

interface OpenBlob extends Disposable {
  readonly fd: number;
  readonly size: number;
}

function openBlob(places: Places, digest: Digest): OpenBlob {
  const file = tryOpen(places, digest);
  if (file) return file;
  throw layersError("BLOB_MISSING", `blob ${digest} is not in the store ${places.root}`, {
    hint: "pull or build the image again",
  });
}

/** A blob is a regular file: a link or a directory in its place is damage, and a fifo must not make us wait. */
function tryOpen(places: Places, digest: Digest): OpenBlob | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let fd: number;
  try {
    fd = openSync(blobPath(places, digest), flags);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof Error && "code" in error && error.code === "ELOOP")
      throw quarantined(places, digest);
    throw ioFailure(error, places.root);
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size, [Symbol.dispose]: () => closeSync(fd) };
  closeSync(fd);
  throw quarantined(places, digest);
}

function quarantined(places: Places, digest: Digest): Error {
  const moved = moveAway(places, digest);
  return layersError("BLOB_CORRUPT", `blob ${digest} in the store ${places.root} has the wrong bytes`, {
    hint: moved
      ? "it was put aside in quarantine/: pull or build the image again"
      : "remove it and pull or build the image again",
  });
}

/** False in a store that cannot be written: there the blob is reported only. */
function moveAway(places: Places, digest: Digest): boolean {
  const aside = `${places.quarantine}/${hexOf(digest)}`;
  try {
    rmSync(aside, { recursive: true, force: true });
    renameSync(blobPath(places, digest), aside);
    return true;
  } catch {
    return false;
  }
}

function guarded<Result>(places: Places, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw ioFailure(error, places.root);
  }
}
