import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { parseImageConfig } from "../image/config.ts";
import { maxConfigBytes, maxIndexDepth, maxManifestBytes } from "../image/limits.ts";
import { parseManifest } from "../image/manifest.ts";
import { readBlob } from "./blob-file.ts";
import type { Database } from "./database.ts";
import { listBlobs } from "./disk-blobs.ts";
import type { Holds } from "./lease.ts";
import type { Places } from "./places.ts";
import type { ImageRecord, LayerRecord } from "./store.ts";

/** All that a store holds. */
export interface Inventory {
  /** Least recently used first. */
  readonly records: readonly {
    readonly key: string;
    readonly layers: readonly string[];
    readonly usedMs: number;
  }[];
  readonly layers: ReadonlyMap<string, LayerRecord>;
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  readonly images: readonly ImageContent[];
  /** Compressed forms by diffID. */
  readonly compressed: ReadonlyMap<Digest, readonly Digest[]>;
}

/** What one image refers to. */
export interface ImageContent {
  readonly blobs: readonly Digest[];
  /** The diffIDs of each of its platforms that is here. */
  readonly chains: readonly (readonly Digest[])[];
}

export interface Reachable {
  readonly layers: ReadonlySet<string>;
  readonly blobs: ReadonlySet<Digest>;
}

export function readInventory(places: Places, database: Database): Inventory {
  const records = database
    .all("SELECT key, layers, used_ms FROM records ORDER BY used_ms, key")
    .map((row) => ({
      key: row["key"] as string,
      layers: JSON.parse(row["layers"] as string) as string[],
      usedMs: Number(row["used_ms"]),
    }));
  const layers = database
    .all("SELECT record FROM layers")
    .map((row) => JSON.parse(row["record"] as string) as LayerRecord);
  const compressed = new Map<Digest, Digest[]>();
  for (const row of database.all("SELECT diff_id, blob FROM compressed")) {
    const diffId = row["diff_id"] as Digest;
    const { digest } = JSON.parse(row["blob"] as string) as Descriptor;
    compressed.set(diffId, [...(compressed.get(diffId) ?? []), digest]);
  }
  const images = database
    .all("SELECT record FROM images")
    .map((row) => JSON.parse(row["record"] as string) as ImageRecord);
  return {
    records,
    layers: new Map(layers.map((layer) => [layer.id, layer])),
    blobs: [...listBlobs(places)],
    images: images.map(({ manifest }) => contentOf(places, manifest, 1)),
    compressed,
  };
}

/** Follows a manifest or index as far as its documents are here: of an image for several platforms often one is. */
function contentOf(places: Places, descriptor: Descriptor, depth: number): ImageContent {
  const document = tryRead(() => {
    const bytes = readBlob(places, descriptor.digest, maxManifestBytes);
    return parseManifest(bytes, { mediaType: descriptor.mediaType, what: descriptor.digest });
  });
  if (!document || depth > maxIndexDepth) return { blobs: [descriptor.digest], chains: [] };
  if (document.kind === "index") {
    const children = document.manifests.map((manifest) => contentOf(places, manifest, depth + 1));
    return {
      blobs: [descriptor.digest, ...children.flatMap(({ blobs }) => blobs)],
      chains: children.flatMap(({ chains }) => chains),
    };
  }
  const { config, layers } = document;
  const parsed = tryRead(() =>
    parseImageConfig(readBlob(places, config.digest, maxConfigBytes), config.digest),
  );
  return {
    blobs: [descriptor.digest, config.digest, ...layers.map(({ digest }) => digest)],
    chains: parsed ? [parsed.config.rootfs.diff_ids] : [],
  };
}

/** Undefined when a document is missing, damaged, or no image of ours: then only its own bytes are kept. */
function tryRead<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    // Any code means the same here: this document leads nowhere.
    return undefined;
  }
}

/** Everything that images, leases and these records need, with the layers below. */
export function reachableFrom(inventory: Inventory, holds: Holds, recordKeys: readonly string[]): Reachable {
  const kept = new Set(recordKeys);
  const layers = new Set<string>();
  const blobs = new Set<Digest>(holds.blobs);
  const addLayer = (id: string | undefined): void => {
    for (let next = id; next !== undefined && !layers.has(next); next = inventory.layers.get(next)?.parent)
      layers.add(next);
  };
  for (const id of holds.layers) addLayer(id);
  for (const { key, layers: used } of inventory.records) if (kept.has(key)) used.forEach(addLayer);
  for (const image of inventory.images) {
    for (const digest of image.blobs) blobs.add(digest);
    for (const chain of image.chains) layersOfChain(inventory, chain).forEach(addLayer);
  }
  for (const id of layers) for (const digest of blobsOfLayer(inventory, id)) blobs.add(digest);
  return { layers, blobs };
}

/** Every layer that stands for a part of this chain: the same content may have been built and pulled. */
function layersOfChain(inventory: Inventory, chain: readonly Digest[]): string[] {
  const found: string[] = [];
  let parents = new Set<string | undefined>([undefined]);
  for (const diffId of chain) {
    const matches = [...inventory.layers.values()].filter(
      (layer) => layer.diffId === diffId && parents.has(layer.parent),
    );
    found.push(...matches.map(({ id }) => id));
    parents = new Set(matches.map(({ id }) => id));
  }
  return found;
}

function blobsOfLayer(inventory: Inventory, id: string): Digest[] {
  const layer = inventory.layers.get(id);
  if (!layer) return [];
  const forms = layer.diffId ? (inventory.compressed.get(layer.diffId) ?? []) : [];
  return [layer.tar?.digest, layer.original?.digest, ...forms].filter((digest) => digest !== undefined);
}
