import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { layersError } from "../errors.ts";
import type { LayerRecord } from "../store/store.ts";
import {
  createIndexView,
  type IndexedLayer,
  indexedLayer,
  type LayerContent,
} from "../layer-index/index-view.ts";
import { chainOf, type CompressionForm, type Layer, type LayerId } from "./layer.ts";
import { layerBytes } from "./layer-bytes.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { makeCompressed } from "./make-compressed.ts";
import { loadIndex, readIndex, saveIndex } from "./make-index.ts";
import { tarFromBytes, tarFromTree } from "./make-tar.ts";
import { extractTree, isTreeUsable } from "./make-tree.ts";
import type { LayerSurroundings } from "./surroundings.ts";
import type { TreeView } from "../tree/tree-view.ts";

/** Puts the blob of a pulled layer into the store. */
export type FetchBlob = (blob: Descriptor) => Promise<void>;

/** A layer of a store. Each form is made once: within the process by one promise, across processes under a lock. */
export class DiskLayer implements Layer {
  readonly id: LayerId;
  readonly parent: DiskLayer | undefined;
  readonly #at: LayerSurroundings;
  /** Forms that are made or being made. */
  readonly #forms = new Map<string, Promise<unknown>>();
  #fetch: FetchBlob | undefined;
  #index: LayerIndex | undefined;
  #indexed: IndexedLayer | undefined;

  constructor(at: LayerSurroundings, id: LayerId, parent: DiskLayer | undefined) {
    this.#at = at;
    this.id = id;
    this.parent = parent;
  }

  get original(): Descriptor | undefined {
    return this.record().original;
  }

  /** What the store knows now; another process may have added forms. */
  record(): LayerRecord {
    const record = this.#at.store.layers.get(this.id);
    if (record) return record;
    throw layersError("BLOB_MISSING", `the layer ${this.id} is gone from the store`, {
      hint: "another tsbuild removed it meanwhile: build again",
    });
  }

  /** How the blob is to be had while it is not in the store. */
  comesFrom(fetch: FetchBlob): void {
    this.#fetch = fetch;
  }

  /** The index, when whoever made the layer has it at hand. */
  knows(index: LayerIndex): void {
    this.#index ??= index;
    if (saveIndex(this.#at, this.record(), index) === "saved") this.remember({ hasIndex: true });
  }

  remember(changes: Partial<LayerRecord>): void {
    if (this.#at.store.readOnly) return;
    this.#at.store.layers.update(this.id, changes);
  }

  index(): Promise<LayerIndex> {
    if (this.#index) return Promise.resolve(this.#index);
    return this.#once("index", async () => {
      // A tree that is being extracted finds the index on the way: reading the blob twice would cost more than waiting.
      await this.#forms.get("tree")?.catch(() => undefined);
      const index = this.#index ?? this.#loadIndex() ?? (await this.#readIndex());
      this.knows(index);
      return index;
    });
  }

  tar(): Promise<Descriptor> {
    return this.#once("tar", () =>
      this.#locked("tar", async () => {
        const { tar } = this.record();
        if (tar && this.#isPresent(tar)) return tar;
        const bytes = await this.#bytes();
        const made = bytes
          ? await tarFromBytes(this.#at, bytes)
          : await tarFromTree(this.#at, { tree: await this.tree(), index: await this.index() });
        this.remember({ tar: made, diffId: made.digest });
        return made;
      }),
    );
  }

  async diffId(): Promise<Digest> {
    return this.record().diffId ?? (await this.tar()).digest;
  }

  tree(): Promise<string> {
    return this.#once("tree", async () => {
      const path = this.#at.store.treePath(this.id);
      if (isTreeUsable(this.#at, this.record())) return path;
      return this.#locked("tree", async () => {
        if (isTreeUsable(this.#at, this.record())) return path;
        const bytes = await this.#bytes();
        if (!bytes) throw this.#nothingLeft();
        const record = this.record();
        const index = await extractTree(this.#at, { record, bytes, below: () => this.#below() });
        this.knows(index);
        this.remember({ hasTree: true, treeBoot: this.#at.bootId });
        return path;
      });
    });
  }

  async compressed(form: CompressionForm): Promise<Descriptor> {
    const { original, diffId } = this.record();
    // A plain tar is no packing that somebody chose: it is compressed like a layer that was made here.
    if (original && original.digest !== diffId && !form.force) {
      await this.#fetchOriginal(original);
      return original;
    }
    if (form.algorithm === "uncompressed") return this.tar();
    const { algorithm, level } = form;
    const key = level === undefined ? algorithm : `${algorithm}:${level}`;
    return this.#once(key, () =>
      this.#locked(key, async () =>
        makeCompressed(this.#at, { tar: await this.tar(), algorithm, level, key }),
      ),
    );
  }

  /** For views, which share it. */
  async indexed(): Promise<IndexedLayer> {
    const index = await this.index();
    this.#indexed ??= indexedLayer(index, () => this.#content(index));
    return this.#indexed;
  }

  async #content(index: LayerIndex): Promise<LayerContent> {
    const { tar } = this.record();
    const path = tar && this.#at.store.blobs.pathOf(tar.digest);
    if (path !== undefined && hasOffsets(index)) return { kind: "tar", path };
    return { kind: "tree", path: await this.tree() };
  }

  #loadIndex(): LayerIndex | undefined {
    const record = this.record();
    const index = loadIndex(this.#at, record);
    if (!index && record.hasIndex) this.remember({ hasIndex: false });
    return index;
  }

  async #readIndex(): Promise<LayerIndex> {
    if (!isTreeUsable(this.#at, this.record())) await this.#bytes();
    const index = await readIndex(this.#at, this.record(), () => this.#below());
    if (!index) throw this.#nothingLeft();
    return index;
  }

  /** The tar as bytes, pulled first when need be; undefined for a layer that has only a tree. */
  async #bytes(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { tar, original } = this.record();
    if (!(tar && this.#isPresent(tar)) && original) await this.#fetchOriginal(original);
    return layerBytes(this.#at, this.record());
  }

  #fetchOriginal(blob: Descriptor): Promise<unknown> {
    if (this.#isPresent(blob)) return Promise.resolve();
    return this.#once("blob", async () => {
      using _lock = await this.#lock(`blob ${blob.digest}`);
      if (this.#isPresent(blob)) return;
      if (!this.#fetch)
        throw layersError("BLOB_MISSING", `the blob ${blob.digest} of a layer is not in the store`, {
          hint: "pull the image again",
        });
      await this.#fetch(blob);
    });
  }

  #isPresent(blob: Descriptor): boolean {
    if (this.#at.store.blobs.sizeOf(blob.digest) === undefined) return false;
    this.#at.lease.add(blob.digest);
    return true;
  }

  async #below(): Promise<TreeView> {
    return viewOfChain(this.parent);
  }

  #nothingLeft(): Error {
    return layersError("BLOB_MISSING", `nothing of the layer ${this.id} is left in the store`, {
      hint: "build again with --no-cache, or pull its image again",
    });
  }

  /** A form that failed may be tried again. */
  #once<T>(form: string, make: () => Promise<T>): Promise<T> {
    const known = this.#forms.get(form);
    if (known) return known as Promise<T>;
    const made = this.#at.work.run(make);
    this.#forms.set(form, made);
    made.catch(() => this.#forms.delete(form));
    return made;
  }

  #lock(name: string): Promise<Disposable> {
    return this.#at.store.lock(name, "exclusive", this.#at.work.signal);
  }

  async #locked<T>(form: string, make: () => Promise<T>): Promise<T> {
    using _lock = await this.#lock(`layer ${this.id} ${form}`);
    return await make();
  }
}

/** A chain of layers as one tree. */
export async function viewOfChain(top: DiskLayer | undefined): Promise<TreeView> {
  const chain = chainOf(top) as DiskLayer[];
  return createIndexView(await Promise.all(chain.map((layer) => layer.indexed())));
}

/** An index that was made from a tree knows no places in a tar. */
function hasOffsets(index: LayerIndex): boolean {
  for (const entry of index.entries.values())
    if (entry.type === "file" && entry.size > 0) return entry.contentOffset !== undefined;
  return true;
}
