import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync } from "node:fs";
import { createHasher, type Digest, type Hasher } from "../digest.ts";
import { layersError } from "../errors.ts";
import { isIntact } from "./blob-file.ts";
import type { BlobWriter, Lease, PutExpectation } from "./blob-store.ts";
import { syncDirectory, writeFully } from "./durable.ts";
import { writeFailure } from "./failure.ts";
import { blobPath, type Places } from "./places.ts";

/** Up to this size an existing blob is read again before it is trusted; a bigger one is replaced by what was just written. */
const verifyBytes = 4 << 20;

/** A file that is being filled, wherever it came from. */
export interface FillingFile {
  readonly path: string;
  /** Bytes that are there already. */
  readonly size: number;
  /** What becomes of it without a commit. */
  readonly leftover: "remove" | "keep";
  /** Where the next chunk can be gathered, so that `write` need not copy it. */
  readonly room?: () => Buffer;
  write(chunk: Uint8Array, position: number): void;
  /** Resolves when `finish` need not wait any more. */
  readonly end?: () => Promise<void>;
  /** The digest of all bytes; none come any more. */
  finish(): Digest;
  /** Makes the bytes durable. */
  sync(): void;
  /** Called once when the writer is done with it. */
  close(): void;
}

export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly close: () => void;
}

/** A fresh temporary file. */
export function temporaryFile(places: Places, path: string): OpenFile {
  const fd = guarded(places, 0, () => openSync(path, "wx", 0o600));
  return { path, fd, close: () => closeSync(fd) };
}

interface Filled {
  readonly size: number;
  readonly hasher: Hasher;
  readonly leftover: FillingFile["leftover"];
}

/** Hashes and writes where it is called; one that holds nothing yet is removed unless it is committed. */
export function fillingFile(
  { path, fd, close }: OpenFile,
  { size, hasher, leftover }: Filled = { size: 0, hasher: createHasher(), leftover: "remove" },
): FillingFile {
  return {
    path,
    size,
    leftover,
    write(chunk, position) {
      writeFully(fd, chunk, position);
      hasher.update(chunk);
    },
    finish: () => hasher.digest(),
    sync: () => fsyncSync(fd),
    close,
  };
}

export function blobWriter(places: Places, file: FillingFile, lease: Lease): BlobWriter {
  let size = file.size;
  let isOpen = true;
  const end = (leftover: "remove" | "keep"): void => {
    if (!isOpen) return;
    isOpen = false;
    if (leftover === "remove") rmSync(file.path, { force: true });
    file.close();
  };
  const failing = <Result>(needed: number, act: () => Result): Result => {
    try {
      return act();
    } catch (error) {
      end("remove");
      throw writeFailure(error, places.root, needed);
    }
  };
  return {
    get size() {
      return size;
    },
    room: file.room && (() => failing(0, file.room as () => Buffer)),
    write(chunk) {
      failing(chunk.length, () => file.write(chunk, size));
      size += chunk.length;
    },
    async end() {
      await file.end?.();
    },
    commit: (expect) =>
      failing(0, () => {
        const digest = checked(file.finish(), size, expect);
        lease.add(digest);
        const isMoved = publish(places, file, digest, size);
        end(isMoved ? "keep" : "remove");
        return { mediaType: expect.mediaType, digest, size };
      }),
    [Symbol.dispose]: () => end(file.leftover),
  };
}

function checked(digest: Digest, size: number, expect: PutExpectation): Digest {
  const what = expect.digest ?? "the blob";
  if (expect.maxBytes !== undefined && size > expect.maxBytes) throw tooLarge(what, expect.maxBytes);
  if (expect.size !== undefined && size !== expect.size)
    throw layersError("BLOB_CORRUPT", `${what} should have ${expect.size} bytes, but ${size} came`);
  if (expect.digest !== undefined && digest !== expect.digest)
    throw layersError("BLOB_CORRUPT", `the bytes that came for ${expect.digest} have the digest ${digest}`);
  return digest;
}

/** What to throw when more bytes come than are allowed. */
export function tooLarge(what: string, maxBytes: number): Error {
  return layersError("BLOB_TOO_LARGE", `${what} has more than the ${maxBytes} bytes allowed`);
}

/** False when the blob was there already and the file is not needed. */
function publish(places: Places, file: FillingFile, digest: Digest, size: number): boolean {
  const path = blobPath(places, digest);
  if (isThere(places, path, digest, size)) return false;
  file.sync();
  renameSync(file.path, path);
  syncDirectory(places.blobs);
  return true;
}

function isThere(places: Places, path: string, digest: Digest, size: number): boolean {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (!present) return false;
  if (present.isDirectory()) rmSync(path, { recursive: true });
  return present.isFile() && present.size === size && size <= verifyBytes && isIntact(places, digest);
}

function guarded<Result>(places: Places, needed: number, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw writeFailure(error, places.root, needed);
  }
}
