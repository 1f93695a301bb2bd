import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";

/** Held while a process works: what it put or touched under a lease is not collected. Dies with the process (flock). */
export interface Lease extends AsyncDisposable {
  readonly id: string;
  /** Keeps a blob that is already there. */
  add(digest: Digest): void;
}

export interface PutExpectation {
  readonly mediaType: string;
  readonly digest?: Digest;
  readonly size?: number;
  /** Refused with BLOB_TOO_LARGE beyond this many bytes. */
  readonly maxBytes?: number;
}

/** A blob being written: synchronous, for the thread that has the bytes in cache. Hashes while it writes. */
export interface BlobWriter extends Disposable {
  /** Of a large blob: where to gather the next chunk for `write`, which then has nothing to copy. */
  readonly room: (() => Buffer) | undefined;
  write(chunk: Uint8Array): void;
  /** Bytes written so far. */
  readonly size: number;
  /** Says that all is written; resolves when `commit` need not wait for the disk. Without it `commit` waits. */
  end(): Promise<void>;
  /**
   * Durable under its digest afterwards (fsync, rename, fsync of the directory); idempotent.
   * @throws BLOB_CORRUPT when an expected digest or size differs.
   */
  commit(expect: PutExpectation): Descriptor;
}

/** Content-addressed bytes on disk, in the form of an OCI image layout (image-spec image-layout.md). */
export interface BlobStore {
  /** Streams bytes in; @throws BLOB_CORRUPT, BLOB_TOO_LARGE, STORE_FULL. Says nothing about who added them. */
  put(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    expect: PutExpectation,
    lease: Lease,
  ): Promise<Descriptor>;
  /** With `expectedBytes` a large blob is hashed and written on a thread of its own. */
  writer(lease: Lease, options?: { readonly expectedBytes: number }): BlobWriter;
  /** The bytes of a small blob, verified. @throws BLOB_MISSING, BLOB_CORRUPT, BLOB_TOO_LARGE */
  read(digest: Digest, maxBytes: number): Buffer;
  /** Streams a blob and verifies it: the last chunk is withheld until digest and size are right. */
  stream(digest: Digest): AsyncIterable<Uint8Array>;
  /** The path of the file of a blob, for random access; undefined when missing. */
  pathOf(digest: Digest): string | undefined;
  /** Undefined when missing. */
  sizeOf(digest: Digest): number | undefined;
  list(): Iterable<{ readonly digest: Digest; readonly size: number }>;
  /**
   * A writer that goes on where an interrupted download of this digest stopped: `size` bytes are there and hashed.
   * Disposed without a commit it keeps them for the next one (they survive the process, not a prune); a commit that
   * fails drops them. Undefined while someone else, of this process or another, is writing the same digest that way.
   */
  resume(digest: Digest, lease: Lease): BlobWriter | undefined;
}
