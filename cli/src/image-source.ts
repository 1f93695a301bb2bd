import type { ImageSource, ResolvedBase, TransferProgress } from "@tsbuild/builder";
import {
  type Descriptor,
  type Digest,
  formatPlatform,
  type ImageManifest,
  type Layer,
  type LayerStore,
  type Lease,
  maxConfigBytes,
  maxManifestBytes,
  type Platform,
  parseImageConfig,
  parseManifest,
  type Store,
} from "@tsbuild/layers";
import { parseReference, type RegistryClient } from "@tsbuild/registry";
import { cliError } from "./errors.ts";
import { canonicalName } from "./local-image.ts";

interface ImageSourceDeps {
  readonly store: Store;
  readonly layers: LayerStore;
  readonly lease: Lease;
  /** Opened when the store does not have an image. */
  readonly registry: () => RegistryClient;
  readonly now: () => number;
}

/**
 * Base images: the local store first, else the registry, as the pull policy says. A digest that is present never asks the network.
 * What a registry said is kept, blobs are fetched only when a layer needs them.
 */
export function createImageSource(deps: ImageSourceDeps): ImageSource {
  const { store, layers, lease } = deps;
  return {
    resolve: async (reference, platform, { pull, signal }) => {
      const name = canonicalName(reference);
      const local = pull === "always" && !isPinned(name) ? undefined : findLocal(store, name, platform);
      if (local) return baseOf(store, name, local);
      if (pull === "never") throw notLocal(name);
      return fromRegistry(deps, name, platform, signal);
    },
    layers: async (base, { signal, onTransfer }) => {
      const { manifest, diffIds } = readImage(store, base.reference, base.manifest);
      const fetch = async (blob: Descriptor): Promise<void> => {
        if (store.blobs.sizeOf(blob.digest) !== undefined) return;
        const client = deps.registry();
        await client.fetchBlob(base.reference, blob, {
          blobs: store.blobs,
          lease,
          signal,
          onTransfer: (what, doneBytes, totalBytes) => onTransfer(what.digest, doneBytes, totalBytes),
        });
      };
      let top: Layer | undefined;
      for (const [at, blob] of manifest.layers.entries()) {
        const diffId = diffIds[at];
        if (diffId) top = layers.fromBlob(top, blob, diffId, fetch);
      }
      return top;
    },
  };
}

interface PullOptions {
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly onTransfer: TransferProgress;
}

/** Brings a whole image into the store, whatever is there already. */
export async function pullImage(
  deps: Omit<ImageSourceDeps, "layers">,
  name: string,
  { platform, signal, onTransfer }: PullOptions,
): Promise<Descriptor> {
  const { store, lease, registry } = deps;
  const base = await fromRegistry(deps, name, platform, signal);
  const { manifest } = readImage(store, name, base.manifest);
  const options = { blobs: store.blobs, lease, signal };
  await Promise.all(
    manifest.layers.map((blob) =>
      registry().fetchBlob(name, blob, {
        ...options,
        onTransfer: (what, doneBytes, totalBytes) => onTransfer(what.digest, doneBytes, totalBytes),
      }),
    ),
  );
  return base.manifest;
}

/** A reference by digest means the same bytes for ever. */
function isPinned(name: string): boolean {
  return parseReference(name).digest !== undefined;
}

/** The manifest of an image that is here, for this platform. */
function findLocal(store: Store, name: string, platform: Platform): Descriptor | undefined {
  const record = store.images.get(name);
  if (record)
    return formatPlatform(record.platform) === formatPlatform(platform) ? record.manifest : undefined;
  const { digest } = parseReference(name);
  if (digest === undefined) return undefined;
  const size = store.blobs.sizeOf(digest);
  if (size === undefined) return undefined;
  const document = parseManifest(store.blobs.read(digest, maxManifestBytes), {
    mediaType: undefined,
    what: name,
  });
  if (document.kind === "manifest") return { mediaType: document.mediaType, digest, size };
  const wanted = formatPlatform(platform);
  return document.manifests.find(
    (each) =>
      each.platform &&
      formatPlatform(each.platform) === wanted &&
      store.blobs.sizeOf(each.digest) !== undefined,
  );
}

interface StoredImage {
  readonly manifest: ImageManifest;
  readonly config: Readonly<Record<string, unknown>>;
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
}

function readImage(store: Store, name: string, descriptor: Descriptor): StoredImage {
  const bytes = store.blobs.read(descriptor.digest, maxManifestBytes);
  const manifest = parseManifest(bytes, { mediaType: descriptor.mediaType, what: name });
  if (manifest.kind !== "manifest")
    throw cliError("IMAGE_NOT_LOCAL", `${name} names an index where an image is needed`);
  const { config, raw } = parseImageConfig(store.blobs.read(manifest.config.digest, maxConfigBytes), name);
  const { os, architecture, variant } = config;
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  return { manifest, config: raw, platform, diffIds: config.rootfs.diff_ids };
}

function baseOf(store: Store, reference: string, manifest: Descriptor): ResolvedBase {
  const { config } = readImage(store, reference, manifest);
  return { reference, digest: manifest.digest, manifest, config };
}

/** Asks the registry, keeps the documents, and remembers the image under its name. */
async function fromRegistry(
  { store, lease, registry, now }: Omit<ImageSourceDeps, "layers">,
  name: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<ResolvedBase> {
  const client = registry();
  const found = await client.resolve(name, platform, { signal });
  for (const document of [found.index, found.manifest])
    if (document) {
      const { mediaType, digest, bytes } = document;
      await store.blobs.put(bytes, { mediaType, digest }, lease);
    }
  await client.fetchBlob(name, found.config, { blobs: store.blobs, lease, signal });
  const { mediaType, digest, bytes } = found.manifest;
  const manifest = { mediaType, digest, size: bytes.length };
  const image = readImage(store, name, manifest);
  store.images.put({
    name,
    manifest,
    id: found.config.digest,
    platform: image.platform,
    size: found.layers.reduce((sum, { size }) => sum + size, 0),
    createdMs: createdMs(image.config, now()),
    origin: "pulled",
  });
  return { reference: name, digest, manifest, config: image.config };
}

function createdMs(config: Readonly<Record<string, unknown>>, fallback: number): number {
  const created = typeof config["created"] === "string" ? Date.parse(config["created"]) : Number.NaN;
  return Number.isNaN(created) ? fallback : created;
}

function notLocal(name: string): Error {
  return cliError(
    "IMAGE_NOT_PULLED",
    `${name} is not in the store, and --pull=never forbids to ask a registry`,
    {
      hint: "leave --pull out, or load the image first",
    },
  );
}
