import { createHash, hash } from "node:crypto";
import { layersError } from "./errors.ts";

/** A sha256 digest, `sha256:` and 64 lower-case hex digits (image-spec descriptor.md "digests"). Only this file makes one. */
export type Digest = `sha256:${string}` & { readonly __brand: "Digest" };

const pattern = /^sha256:[0-9a-f]{64}$/;

/** `sha256:` and 64 lower-case hex digits; no other algorithm (image-spec descriptor.md "digests"). */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** @throws DIGEST_INVALID */
export function parseDigest(text: string): Digest {
  if (!isDigest(text))
    throw layersError("DIGEST_INVALID", `${JSON.stringify(text.slice(0, 100))} is not a digest`, {
      hint: "a digest is sha256: and 64 lower-case hex digits",
    });
  return text;
}

/** The 64 hex digits: the file name of the blob. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** The sha256 of bytes, or of a text in UTF-8. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}` as Digest;
}

/** Collects bytes and gives their digest once. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Digest;
}

/** A sha256 that is fed piece by piece. */
export function createHasher(): Hasher {
  const inner = createHash("sha256");
  return {
    update: (chunk) => void inner.update(chunk),
    digest: () => `sha256:${inner.digest("hex")}` as Digest,
  };
}

/** Hashes one file after the other: what comes in one piece, as small files do, is hashed in one call. */
export interface FileHasher {
  begin(size: number): void;
  readonly update: (chunk: Uint8Array) => void;
  digest(): Digest;
}

export function createFileHasher(): FileHasher {
  let wanted = 0;
  let whole: Digest | undefined;
  let pieces: Hasher | undefined;
  return {
    begin(size) {
      wanted = size;
      whole = undefined;
      pieces = undefined;
    },
    update(chunk) {
      if (!pieces && chunk.length === wanted) whole = digestOf(chunk);
      else {
        pieces ??= createHasher();
        pieces.update(chunk);
      }
    },
    digest: () => whole ?? (pieces ?? createHasher()).digest(),
  };
}
