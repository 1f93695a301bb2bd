import { createHash } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { ownershipKind } from "@tsbuild/runner-native";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { type Digest, digestOf } from "../digest.ts";
import { layersError } from "../errors.ts";
import type { Lease } from "../store/blob-store.ts";
import type { LayerRecord, Store } from "../store/store.ts";
import { DiskLayer, viewOfChain } from "./disk-layer.ts";
import type { Layer, LayerId } from "./layer.ts";
import type { AdoptOptions, LayerStore, LayerWriter } from "./layer-store.ts";
import { createLayerWriter, type WrittenLayer } from "./layer-writer.ts";
import { isTreeUsable, removeTree } from "./make-tree.ts";
import { overlayMarks } from "../layer-index/overlay-marks.ts";
import type { LayerSurroundings } from "./surroundings.ts";
import { createWork } from "./work.ts";

export interface LayerStoreOptions {
  readonly store: Store;
  /** Keeps the blobs that layers use or make. */
  readonly lease: Lease;
  /** Milliseconds since 1970, for records only. */
  readonly now: () => number;
  /** A random lower-case hex string of that many bytes. */
  readonly randomHex: (bytes: number) => string;
  /** Ends whatever is being written, extracted or waited for, with its reason. */
  readonly signal?: AbortSignal;
}

/** POSIX pax: a tar of nothing is two blocks of zeros. */
const emptyTar = Buffer.alloc(1024);
const idBytes = 16;

/** The layers of one store. Two of its layers are the same object when they are the same layer. */
export function createLayerStore(options: LayerStoreOptions): LayerStore {
  return new DiskLayerStore(options);
}

class DiskLayerStore implements LayerStore {
  readonly #at: LayerSurroundings;
  readonly #layers = new Map<string, DiskLayer>();

  constructor(options: LayerStoreOptions) {
    const found = { marks: overlayMarks(), ownership: ownership(), bootId: readBootId() };
    this.#at = { ...options, ...found, work: createWork(options.signal) };
  }

  get(id: LayerId): DiskLayer | undefined {
    const known = this.#layers.get(id);
    if (known) return known;
    const record = this.#at.store.layers.get(id);
    if (!record) return undefined;
    if (!this.#hasSomething(record)) return this.#drop(record);
    const parent = record.parent === undefined ? undefined : this.get(record.parent as LayerId);
    if (record.parent !== undefined && !parent) return undefined;
    return this.#open(id, parent);
  }

  fromBlob(
    parent: Layer | undefined,
    blob: Descriptor,
    diffId: Digest,
    fetch: (blob: Descriptor) => Promise<void>,
  ): Layer {
    const found = this.#find(parent, diffId);
    const layer = found ?? this.#begin(parent, { diffId, original: blob });
    // The same layer may be published compressed in several ways: the blob that is here wins, else the one that can be had now.
    if (!layer.original || this.#at.store.blobs.sizeOf(layer.original.digest) === undefined)
      layer.remember({ original: blob });
    layer.comesFrom(fetch);
    return layer;
  }

  writer(
    parent: Layer | undefined,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): LayerWriter {
    const { work } = this.#at;
    return createLayerWriter({
      blob: (options) => this.#at.store.blobs.writer(this.#at.lease, options),
      below: () => this.view(parent),
      signal: signal ? AbortSignal.any([signal, work.signal]) : work.signal,
      record: (written) => (written ? this.#written(parent, written) : this.#empty(parent)),
    });
  }

  async adoptTree(parent: Layer | undefined, directory: string, options: AdoptOptions): Promise<Layer> {
    const { entries, whiteouts, opaques } = options.index;
    if (entries.size + whiteouts.size + opaques.size === 0) {
      removeTree(directory);
      return this.#empty(parent);
    }
    const id = this.#at.randomHex(idBytes) as LayerId;
    renameSync(directory, this.#at.store.treePath(id));
    const treeBoot = options.durability === "volatile" ? this.#at.bootId : undefined;
    const layer = this.#begin(parent, { id, hasTree: true, treeBoot });
    layer.knows(options.index);
    return layer;
  }

  async view(top: Layer | undefined): ReturnType<LayerStore["view"]> {
    return viewOfChain(top && this.#own(top));
  }

  stop(reason: unknown): Promise<void> {
    return this.#at.work.stop(reason);
  }

  #written(parent: Layer | undefined, { tar, index }: WrittenLayer): Promise<Layer> {
    const found = this.#find(parent, tar.digest);
    if (found) found.remember({ tar, createdMs: this.#at.now() });
    const layer = found ?? this.#begin(parent, { diffId: tar.digest, tar });
    layer.knows(index);
    return Promise.resolve(layer);
  }

  /** All layers that change nothing share one blob. */
  async #empty(parent: Layer | undefined): Promise<Layer> {
    const found = this.#find(parent, digestOf(emptyTar));
    if (found) {
      found.remember({ createdMs: this.#at.now() });
      return found;
    }
    const expect = { mediaType: mediaTypes.ociLayer };
    const tar = await this.#at.store.blobs.put(emptyTar, expect, this.#at.lease);
    return this.#begin(parent, { diffId: tar.digest, tar });
  }

  #find(parent: Layer | undefined, diffId: Digest): DiskLayer | undefined {
    const record = this.#at.store.layers.find(parent?.id, diffId);
    return record && this.get(record.id as LayerId);
  }

  #begin(parent: Layer | undefined, known: Partial<Omit<LayerRecord, "parent">>): DiskLayer {
    const id = known.id ?? idOf(parent?.id, known.diffId);
    this.#at.store.layers.put({
      id,
      parent: parent?.id,
      diffId: known.diffId,
      tar: known.tar,
      hasTree: known.hasTree ?? false,
      treeBoot: known.treeBoot,
      hasIndex: false,
      original: known.original,
      createdMs: this.#at.now(),
    });
    return this.#open(id as LayerId, parent && this.#own(parent));
  }

  #open(id: LayerId, parent: DiskLayer | undefined): DiskLayer {
    const layer = this.#layers.get(id) ?? new DiskLayer(this.#at, id, parent);
    this.#layers.set(id, layer);
    return layer;
  }

  #own(layer: Layer): DiskLayer {
    if (layer instanceof DiskLayer) return layer;
    throw layersError("BLOB_MISSING", `the layer ${layer.id} belongs to no store`);
  }

  /** A pulled layer can always be pulled again. */
  #hasSomething(record: LayerRecord): boolean {
    if (record.original || isTreeUsable(this.#at, record)) return true;
    return record.tar !== undefined && this.#at.store.blobs.sizeOf(record.tar.digest) !== undefined;
  }

  #drop(record: LayerRecord): undefined {
    if (!this.#at.store.readOnly) this.#at.store.layers.delete(record.id);
    return undefined;
  }
}

/** Layers that are what they hold get an id that any process would give them. */
function idOf(parent: string | undefined, diffId: Digest | undefined): string {
  return createHash("sha256")
    .update(`${parent ?? ""} ${diffId}`)
    .digest("hex")
    .slice(0, idBytes * 2);
}

/** An ordinary user outside a user namespace can give files to nobody. */
function ownership(): LayerSurroundings["ownership"] {
  return process.geteuid?.() === 0 ? ownershipKind() : "single";
}

function readBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
