import { readSync } from "node:fs";
import {
  createHasher,
  type Digest,
  digestOf,
  type TreeView,
  type ViewEntry,
  type XattrOrigin,
} from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import type { FieldValue } from "../../solve/field-hash.ts";
import type { Read } from "./reads.ts";
import { type LinkedName, noteLinked, type SharedLinks } from "./shared-links.ts";

/** Digests of the files of one tree, as far as they are known. */
export interface FileDigests {
  get(path: TreePath): Digest | undefined;
  set(path: TreePath, digest: Digest): void;
}

export interface DigestOptions {
  /** Decides which xattrs count. */
  readonly xattrs: XattrOrigin;
  readonly digests: FileDigests;
  /** Told which of the files that were read have several names. */
  readonly links?: SharedLinks;
  readonly signal: AbortSignal;
}

/** Stands for a digest in a pass whose result is thrown away. */
const unknown = digestOf("");

/** The content of what a step reads. Files are hashed in turns: screens and signals live on meanwhile. */
export async function digestRead(
  view: TreeView,
  read: Read,
  { xattrs, digests, links, signal }: DigestOptions,
): Promise<FieldValue> {
  for (;;) {
    const missing: TreePath[] = [];
    const linked: LinkedName[] = [];
    const remembered = (path: TreePath, entry: ViewEntry): Digest => {
      noteLinked(linked, path, entry);
      return digests.get(path) ?? (missing.push(path), unknown);
    };
    const value = read.digest(
      withoutXattrs(view, () => missing.length > 0),
      { xattrs, remembered },
    );
    if (missing.length === 0) {
      links?.add(read.input, linked);
      return value;
    }
    await hashFiles(view, missing, { digests, signal });
  }
}

/** Once a pass is only to find what is missing, nothing has to be opened for its attributes. */
function withoutXattrs(view: TreeView, isInVain: () => boolean): TreeView {
  return {
    lookup: (path) => view.lookup(path),
    list: (path) => view.list(path),
    xattrs: (path) => (isInVain() ? undefined : view.xattrs(path)),
    prepare: (paths) => view.prepare(paths),
    content: (path) => view.content(path),
    [Symbol.dispose]: () => undefined,
  };
}

/** So much is hashed before anything else gets its turn: some ten milliseconds' worth. */
const turn = { files: 256, bytes: 16 << 20 } as const;
/** Small files are hashed in one call, which costs two thirds of a hash object. */
const sliceBytes = 1 << 20;

async function hashFiles(
  view: TreeView,
  paths: readonly TreePath[],
  { digests, signal }: Pick<DigestOptions, "digests" | "signal">,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(sliceBytes);
  const done = { files: 0, bytes: 0 };
  const next = async (bytes: number, files: number): Promise<void> => {
    done.bytes += bytes;
    done.files += files;
    if (done.bytes < turn.bytes && done.files < turn.files) return;
    done.bytes = 0;
    done.files = 0;
    await new Promise(setImmediate);
    signal.throwIfAborted();
  };
  for (const path of paths) {
    // A context opens the file for this, and keeps it open for its content.
    view.xattrs(path);
    digests.set(path, await hashFile(view, path, { buffer, next }));
  }
}

interface Hashing {
  readonly buffer: Buffer;
  readonly next: (bytes: number, files: number) => Promise<void>;
}

async function hashFile(view: TreeView, path: TreePath, { buffer, next }: Hashing): Promise<Digest> {
  const content = view.content(path);
  const { fd, offset, size } = content;
  try {
    if (size < buffer.length) {
      const length = readSync(fd, buffer, 0, size, offset);
      const digest = digestOf(buffer.subarray(0, length));
      await next(length, 1);
      return digest;
    }
    const hasher = createHasher();
    for (let at = 0; at < size; ) {
      const count = readSync(fd, buffer, 0, Math.min(size - at, buffer.length), offset + at);
      if (count === 0) break;
      hasher.update(buffer.subarray(0, count));
      at += count;
      await next(count, 0);
    }
    return hasher.digest();
  } finally {
    content.close();
  }
}
