import { readSync } from "node:fs";
import {
  createHasher,
  createTurns,
  type Digest,
  digestOf,
  type TreeView,
  type XattrOrigin,
} from "@tsbuild/layers";
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

/** Small files are hashed in one call, which costs two thirds of a hash object. */
const sliceBytes = 1 << 20;

interface FileHasher {
  /** Undefined when the file is large, or others have waited long enough. */
  tryAtOnce(path: TreePath): Digest | undefined;
  inTurns(path: TreePath): Promise<Digest>;
}

function createFileHasher(view: TreeView, signal: AbortSignal): FileHasher {
  let buffer: Buffer | undefined;
  const turns = createTurns(signal);
  let mustWait = false;
  const waitForTurn = async (): Promise<void> => {
    await turns.next();
    mustWait = false;
  };
  return {
    tryAtOnce(path) {
      if (mustWait) return undefined;
      const content = view.content(path);
      try {
        if (content.size >= sliceBytes) return undefined;
        buffer ??= Buffer.allocUnsafeSlow(sliceBytes);
        const length = readSync(content.fd, buffer, 0, content.size, content.offset);
        mustWait = turns.isOver(length);
        return digestOf(buffer.subarray(0, length));
      } finally {
        content.close();
      }
    },
    async inTurns(path) {
      await waitForTurn();
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
          if (turns.isOver(count)) await waitForTurn();
        }
        return hasher.digest();
      } finally {
        content.close();
      }
    },
  };
}
