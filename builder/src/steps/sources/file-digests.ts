import { readSync } from "node:fs";
import { createHasher, type Digest, digestOf, type TreeView, type XattrOrigin } from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import type { FieldValue } from "../../solve/field-hash.ts";
import type { Read } from "./reads.ts";

/** Digests of the files of one tree, as far as they are known. */
export interface FileDigests {
  get(path: TreePath): Digest | undefined;
  set(path: TreePath, digest: Digest): void;
}

export interface DigestOptions {
  /** Decides which xattrs count. */
  readonly xattrs: XattrOrigin;
  readonly digests: FileDigests;
  readonly signal: AbortSignal;
}

/** The content of what a step reads. Files are hashed in turns: screens and signals live on meanwhile. */
export async function digestRead(
  view: TreeView,
  read: Read,
  { xattrs, digests, signal }: DigestOptions,
): Promise<FieldValue> {
  const digesting = read.digest(view, { xattrs, remembered: (path) => digests.get(path) });
  const files = createFileHasher(view, signal);
  let next = digesting.next();
  while (!next.done) {
    const path = next.value;
    const digest = files.tryAtOnce(path) ?? (await files.inTurns(path));
    digests.set(path, digest);
    next = digesting.next(digest);
  }
  return next.value;
}

/** So much is hashed before anything else gets its turn: some ten milliseconds' worth. */
const turn = { files: 256, bytes: 16 << 20 } as const;
/** Small files are hashed in one call, which costs two thirds of a hash object. */
const sliceBytes = 1 << 20;

interface FileHasher {
  /** Undefined when the file is large, or others have waited long enough. */
  tryAtOnce(path: TreePath): Digest | undefined;
  inTurns(path: TreePath): Promise<Digest>;
}

function createFileHasher(view: TreeView, signal: AbortSignal): FileHasher {
  let buffer: Buffer | undefined;
  const done = { files: 0, bytes: 0 };
  const nextTurn = async (): Promise<void> => {
    done.bytes = 0;
    done.files = 0;
    await new Promise(setImmediate);
    signal.throwIfAborted();
  };
  return {
    tryAtOnce(path) {
      if (done.bytes >= turn.bytes || done.files >= turn.files) return undefined;
      const content = view.content(path);
      try {
        if (content.size >= sliceBytes) return undefined;
        buffer ??= Buffer.allocUnsafeSlow(sliceBytes);
        const length = readSync(content.fd, buffer, 0, content.size, content.offset);
        done.bytes += length;
        done.files++;
        return digestOf(buffer.subarray(0, length));
      } finally {
        content.close();
      }
    },
    async inTurns(path) {
      await nextTurn();
      const content = view.content(path);
      try {
        buffer ??= Buffer.allocUnsafeSlow(sliceBytes);
        const hasher = createHasher();
        for (let at = 0; at < content.size; ) {
          const wanted = Math.min(content.size - at, buffer.length);
          const count = readSync(content.fd, buffer, 0, wanted, content.offset + at);
          if (count === 0) break;
          hasher.update(buffer.subarray(0, count));
          at += count;
          done.bytes += count;
          if (done.bytes >= turn.bytes) await nextTurn();
        }
        return hasher.digest();
      } finally {
        content.close();
      }
    },
  };
}
