import type { Descriptor, Platform } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { BlobStore, Lease } from "./blob-store.ts";

/** The state of one layer as the index knows it; each form appears when it has been made once. */
export interface LayerRecord {
  readonly id: string;
  readonly parent: string | undefined;
  readonly diffId: Digest | undefined;
  /** The uncompressed tar, when it is in the blob store. */
  readonly tar: Descriptor | undefined;
  /** A tree under trees/<id>, usable as an overlay lower directory. */
  readonly hasTree: boolean;
  /** The boot in which a volatile tree was made; undefined once it is durable. */
  readonly treeBoot: string | undefined;
  /** The index file under trees/<id>.index exists. */
  readonly hasIndex: boolean;
  /** The compressed blob the layer was pulled as: pushed as it is. */
  readonly original: Descriptor | undefined;
  /** When it was made, the last time if it came out the same again: what a history says of it. */
  readonly createdMs: number;
}

/** The layers of the store; each call is one transaction. */
export interface LayerTable {
  get(id: string): LayerRecord | undefined;
  /** A pulled layer is found by what it is. */
  find(parent: string | undefined, diffId: Digest): LayerRecord | undefined;
  put(record: LayerRecord): void;
  /** Changes some fields of a record as it is now, whatever another process has put there meanwhile. */
  update(id: string, changes: Partial<LayerRecord>): void;
  delete(id: string): void;
  list(): LayerRecord[];
  /** Compressed forms of a diffID, per `gzip:6`-like key. */
  getCompressed(diffId: Digest, form: string): Descriptor | undefined;
  putCompressed(diffId: Digest, form: string, blob: Descriptor): void;
}

/** Cache records: small JSON documents by key. */
export interface RecordTable {
  get(key: string): string | undefined;
  put(key: string, json: string, usedLayers: readonly string[]): void;
  delete(key: string): void;
  count(): number;
}

/** What a name in the store means. */
export interface ImageRecord {
  /** Canonical, e.g. docker.io/library/app:latest */
  readonly name: string;
  readonly manifest: Descriptor;
  /** The config digest: the image's ID. */
  readonly id: Digest;
  readonly platform: Platform;
  /** Sum of layer sizes as stored. */
  readonly size: number;
  readonly createdMs: number;
  readonly origin: "built" | "pulled" | "loaded";
}

/** The named images of the store, by canonical name; each call is one transaction. */
export interface ImageTable {
  get(name: string): ImageRecord | undefined;
  findById(prefix: string): ImageRecord[];
  put(image: ImageRecord): void;
  delete(name: string): boolean;
  list(): ImageRecord[];
}

/** Small binary memories by name (file digests of a context), never authoritative. */
export interface MemoTable {
  get(key: string): Buffer | undefined;
  put(key: string, value: Uint8Array): void;
}

/** One store directory, mode 0700: blobs, index.db, trees, locks, tmp. Many processes may have it open at once. */
export interface Store extends AsyncDisposable {
  readonly root: string;
  readonly readOnly: boolean;
  readonly blobs: BlobStore;
  readonly layers: LayerTable;
  readonly records: RecordTable;
  readonly images: ImageTable;
  readonly memos: MemoTable;
  /** Where a tree of this id lives or will live; ids are hex, made by us. */
  treePath(id: string): string;
  cacheMountsPath(): string;
  /** A fresh private directory under tmp/, swept when its owner is dead. */
  temporaryDirectory(label: string): string;
  lease(owner: string): Promise<Lease>;
  /** Advisory lock by name (hashed), dies with the process; waits until it gets it. */
  lock(name: string, mode: "shared" | "exclusive", signal?: AbortSignal): Promise<Disposable>;
}
