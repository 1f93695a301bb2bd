import {
  type CompressionForm,
  chainOf,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Layer,
  type Lease,
  mediaTypes,
  type Store,
  writeImageConfig,
  writeManifest,
} from "@tsbuild/layers";
import type { ImageOutput } from "../graph/step.ts";
import { fitHistory } from "./history.ts";
import { datedHistory, lastCreated } from "./history-times.ts";

/** A finished image: its config is one, its manifests differ by how the layers are packed. */
export interface AssembledImage {
  readonly output: ImageOutput;
  readonly top: Layer | undefined;
  readonly config: Descriptor;
  readonly document: ImageConfig;
  readonly created: string | undefined;
  /** The manifest with the layers packed that way; new layers uncompressed and pulled ones as they came when nothing is said. */
  manifest(form?: CompressionForm): Promise<PackedImage>;
}

/** A manifest in the store with the layers it names. */
export interface PackedImage {
  readonly manifest: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageTimes {
  /** Seconds since 1970 that nothing new in the image may be younger than. */
  readonly epoch: number | undefined;
  /** Everything new has exactly that time. */
  readonly isExact: boolean;
}

export interface AssembleOptions {
  readonly output: ImageOutput;
  readonly top: Layer | undefined;
  readonly store: Store;
  readonly lease: Lease;
  readonly times: ImageTimes;
  /** The layers from the first one on whose times were clamped: their descriptors say it, as BuildKit's do. */
  readonly rewritten?: RewrittenLayers;
}

interface RewrittenLayers {
  readonly firstNew: number;
  readonly epoch: number;
}

const localForm: CompressionForm = { algorithm: "uncompressed" };

/** Puts config and manifest of an image into the store, around layers that are already there (or are packed now). */
export async function assembleImage(options: AssembleOptions): Promise<AssembledImage> {
  const { output, top, store, lease, times, rewritten } = options;
  const chain = chainOf(top);
  const diffIds: Digest[] = [];
  for (const layer of chain) diffIds.push(await layer.diffId());
  const history = datedHistory({
    base: output.baseHistory,
    history: fitHistory([...output.baseHistory, ...output.history], chain.map(describe)),
    layerTimesMs: chain.map(({ id }) => store.layers.get(id)?.createdMs),
    epochMs: times.epoch === undefined ? undefined : times.epoch * 1000,
    isExact: times.isExact,
  });
  const created = lastCreated(history);
  const document = {
    ...output.config,
    ...(created === undefined ? {} : { created }),
    history,
    rootfs: { type: "layers", diff_ids: diffIds },
  } as const;
  const bytes = writeImageConfig(document);
  const config = await store.blobs.put(bytes, { mediaType: mediaTypes.ociConfig }, lease);
  return {
    output,
    top,
    config,
    document,
    created,
    manifest: (form = localForm) =>
      packImage(chain, { form, config, store, lease, ...(rewritten && { rewritten }) }),
  };
}

/** What BuildKit writes for a layer whose base tells nothing of it. */
function describe(): { readonly description: string } {
  return { description: "unknown" };
}

/** How the layers are packed, and where the documents go. */
export interface PackOptions {
  readonly form: CompressionForm;
  readonly config: Descriptor;
  readonly store: Store;
  readonly lease: Lease;
  readonly rewritten?: RewrittenLayers;
}

/** Makes a manifest of layers and a config that are in the store, with the layers in the form that is asked for. */
export async function packImage(
  chain: readonly Layer[],
  { form, config, store, lease, rewritten }: PackOptions,
): Promise<PackedImage> {
  const layers: Descriptor[] = [];
  for (const [index, layer] of chain.entries()) {
    const descriptor = ociDescriptor(await layer.compressed(form));
    const isRewritten = rewritten !== undefined && index >= rewritten.firstNew;
    const annotations = { "buildkit/rewritten-timestamp": String(rewritten?.epoch) };
    layers.push(isRewritten ? { ...descriptor, annotations } : descriptor);
  }
  for (const { digest } of layers) lease.add(digest);
  const bytes = writeManifest({ mediaType: mediaTypes.ociManifest, config, layers });
  const manifest = await store.blobs.put(bytes, { mediaType: mediaTypes.ociManifest }, lease);
  return { manifest, layers };
}

/** Docker's names of the same bytes become OCI's: one manifest has one kind. */
const ociNames: Readonly<Record<string, string>> = {
  [mediaTypes.dockerLayer]: mediaTypes.ociLayer,
  [mediaTypes.dockerLayerGzip]: mediaTypes.ociLayerGzip,
};

function ociDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: ociNames[mediaType] ?? mediaType, digest, size };
}
