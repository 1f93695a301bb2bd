import { closeSync, openSync } from "node:fs";
import {
  chainOf,
  type Layer,
  type LayerStore,
  parseTarFile,
  type Store,
  type TarEntry,
  type TreeView,
} from "@tsbuild/layers";
import { nameOf, type TreePath } from "@tsbuild/runner-native";
import type { BuildGraph } from "../graph/step.ts";
import { createStepCache } from "../solve/cache.ts";
import { keyOf } from "../solve/field-hash.ts";
import { type NewTimes, type RedatedLayers, timesOfSteps } from "./step-times.ts";

export interface RedateOptions {
  readonly store: Store;
  readonly layers: LayerStore;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly which: RedatedLayers;
  /** Called before a layer has to be read. */
  readonly beforeWork: () => Promise<void>;
}

export interface RedatedChain {
  readonly top: Layer | undefined;
  /** Where in the chain the build's own layers begin. */
  readonly firstNew: number;
}

/**
 * The same chain with times that do not depend on when and from which checkout it was built. The layers of the base stay as
 * they are, and so do the layers in the cache: those with other times are layers of their own, made once for each epoch.
 */
export async function redateChain(
  graph: BuildGraph,
  top: Layer | undefined,
  options: RedateOptions,
): Promise<RedatedChain> {
  const chain = chainOf(top);
  const times = timesOfSteps(graph, options.which);
  const firstNew = chain.length - times.length;
  let below = chain[firstNew - 1];
  for (const [index, kind] of times.entries())
    below =
      kind === "kept"
        ? await moveLayer(chain[firstNew + index] as Layer, below, options)
        : await redateLayer(chain[firstNew + index] as Layer, below, { ...options, kind });
  return { top: below, firstNew };
}

/** The layer as it is, on other layers when those below it have other times. */
async function moveLayer(
  layer: Layer,
  below: Layer | undefined,
  { layers, beforeWork }: RedateOptions,
): Promise<Layer> {
  if (layer.parent?.id === below?.id) return layer;
  await beforeWork();
  const tar = await layer.tar();
  return layers.fromBlob(below, tar, tar.digest, async () => undefined);
}

interface RedateLayer extends RedateOptions {
  readonly kind: Exclude<NewTimes, "kept">;
}

async function redateLayer(
  layer: Layer,
  below: Layer | undefined,
  { store, layers, epoch, kind, beforeWork }: RedateLayer,
): Promise<Layer> {
  const cache = createStepCache(store.records, layers);
  const key = keyOf(["times", 1, layer.id, below?.id, epoch, kind]);
  const known = cache.find(key)?.layer;
  if (known) return known;
  await beforeWork();
  const tar = await layer.tar();
  const fd = openSync(store.blobs.pathOf(tar.digest) as string, "r");
  try {
    using view = await layers.view(layer.parent);
    const redated = await writeLayer(fd, layers.writer(below), (entry) =>
      timeOf(entry, { view, epoch, kind }),
    );
    cache.record(key, { layer: redated, contentKey: key, ingredients: ["times", epoch] });
    return redated;
  } finally {
    closeSync(fd);
  }
}

async function writeLayer(
  fd: number,
  writer: ReturnType<LayerStore["writer"]>,
  timeOfEntry: (entry: TarEntry) => number,
): Promise<Layer> {
  using owned = writer;
  parseTarFile(fd, {
    entry(entry, offset) {
      const path = entry.path as TreePath;
      const name = nameOf(path);
      if (name === opaqueName) return owned.opaque(path.slice(0, -opaqueName.length - 1) as TreePath);
      if (name.startsWith(whiteoutPrefix))
        return owned.whiteout((path.slice(0, -name.length) + name.slice(whiteoutPrefix.length)) as TreePath);
      const dated = { ...entry, path, mtimeSeconds: timeOfEntry(entry), mtimeNanoseconds: 0 };
      owned.add(dated, { open: () => ({ fd, offset, size: entry.size, close: () => undefined }) });
    },
    data: () => undefined,
    end: () => undefined,
  });
  return await owned.finish();
}

/** image-spec layer.md "whiteouts". */
const whiteoutPrefix = ".wh.";
const opaqueName = ".wh..wh..opq";

interface Dating {
  /** The tree below the layer. */
  readonly view: TreeView;
  readonly epoch: number;
  readonly kind: Exclude<NewTimes, "kept">;
}

function timeOf(entry: TarEntry, { view, epoch, kind }: Dating): number {
  const clamped = Math.min(entry.mtimeSeconds, epoch);
  if (kind === "clamped") return clamped;
  // A directory that only leads to something keeps what the layers below say of it.
  const isKept =
    entry.type === "directory" && view.lookup(entry.path as TreePath)?.mtimeSeconds === entry.mtimeSeconds;
  return isKept ? clamped : epoch;
}
