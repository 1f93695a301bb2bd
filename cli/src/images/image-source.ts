import {
  createTaskGroup,
  type ImageSource,
  isLayoutReference,
  type ResolvedBase,
  type TransferProgress,
} from "@tsbuild/builder";
import {
  type Descriptor,
  isSamePlatform,
  type LayerStore,
  type Lease,
  maxManifestBytes,
  parseManifest,
  parseReference,
  type Platform,
  type Store,
} from "@tsbuild/layers";
import type { RegistryClient } from "@tsbuild/registry";
import { cliError } from "../errors.ts";
import { createLayoutImages } from "./layout-images.ts";
import { canonicalName } from "./local-image.ts";
import { layersOf, readStoredImage } from "./stored-image.ts";

interface ImageSourceDeps {
  readonly store: Store;
  readonly layers: LayerStore;
  readonly lease: Lease;
  /** Opened when the store does not have an image. */
  readonly registry: () => RegistryClient;
  readonly now: () => number;
  readonly say: (message: string) => void;
}

/**
 * Base images: the local store first, else the registry, as the pull policy says. A digest that is present never asks the network.
 * What a registry said is kept, blobs are fetched only when a layer needs them. OCI layouts are read where they are.
 */
export function createImageSource(deps: ImageSourceDeps): ImageSource {
  const { store, layers, lease } = deps;
  const layouts = createLayoutImages(deps);
  return {
    resolve: async (reference, platform, options) => {
      if (isLayoutReference(reference)) return layouts.resolve(reference, platform, options);
      const { pull, signal } = options;
      const name = canonicalName(reference);
      const local = pull === "always" && !isPinned(name) ? undefined : findLocal(store, name, platform);
      if (local) {
        tellShadowed(deps, name);
        return baseOf(store, name, local);
      }
      if (pull === "never") throw notLocal(name);
      return fromRegistry(deps, name, platform, signal);
    },
    layers: async (base, options) => {
      if (isLayoutReference(base.reference)) return layouts.layers(base, options);
      const { signal, onTransfer } = options;
      const image = readStoredImage(store, base.reference, base.manifest);
      return layersOf(image, layers, async (blob) => {
        if (store.blobs.sizeOf(blob.digest) !== undefined) return;
        await deps.registry().fetchBlob(base.reference, blob, {
          blobs: store.blobs,
          lease,
          signal,
          onTransfer: (what, doneBytes, totalBytes) => onTransfer(what.digest, doneBytes, totalBytes),
        });
      });
    },
  };
}

/** Design: a locally built image shadows the registry's name, and the log says so. */
function tellShadowed({ store, say }: ImageSourceDeps, name: string): void {
  const record = store.images.get(name);
  if (record && record.origin !== "pulled")
    say(`${name} is the image that was ${record.origin} here; --pull asks the registry instead`);
}

interface PullOptions {
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly onTransfer: TransferProgress;
}

/** Brings a whole image into the store, whatever is there already. */
export async function pullImage(
  deps: Omit<ImageSourceDeps, "layers" | "say">,
  name: string,
  { platform, signal, onTransfer }: PullOptions,
): Promise<Descriptor> {
  const { store, lease, registry } = deps;
  const base = await fromRegistry(deps, name, platform, signal);
  const { manifest } = readStoredImage(store, name, base.manifest);
  const tasks = createTaskGroup(signal);
  for (const blob of manifest.layers)
    void tasks.run(() =>
      registry().fetchBlob(name, blob, {
        blobs: store.blobs,
        lease,
        signal: tasks.signal,
        onTransfer: (what, doneBytes, totalBytes) => onTransfer(what.digest, doneBytes, totalBytes),
      }),
    );
  await tasks.settle();
  return base.manifest;
}

/** A reference by digest means the same bytes for ever. */
function isPinned(name: string): boolean {
  return parseReference(name).digest !== undefined;
}

/** The manifest of an image that is here, for this platform. */
function findLocal(store: Store, name: string, platform: Platform): Descriptor | undefined {
  const record = store.images.get(name);
  if (record) return isSamePlatform(platform, record.platform) ? record.manifest : undefined;
  const { digest } = parseReference(name);
  if (digest === undefined) return undefined;
  const size = store.blobs.sizeOf(digest);
  if (size === undefined) return undefined;
  const document = parseManifest(store.blobs.read(digest, maxManifestBytes), {
    mediaType: undefined,
    what: name,
  });
  if (document.kind === "manifest") return { mediaType: document.mediaType, digest, size };
  return document.manifests.find(
    (each) =>
      each.platform &&
      isSamePlatform(platform, each.platform) &&
      store.blobs.sizeOf(each.digest) !== undefined,
  );
}

function baseOf(store: Store, reference: string, manifest: Descriptor): ResolvedBase {
  const { config } = readStoredImage(store, reference, manifest);
  return { reference, digest: manifest.digest, manifest, config };
}

/** Asks the registry, keeps the documents, and remembers the image under its name. */
async function fromRegistry(
  { store, lease, registry, now }: Omit<ImageSourceDeps, "layers" | "say">,
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
  const image = readStoredImage(store, name, manifest);
  store.images.put({
    name,
    manifest,
    id: found.config.digest,
    platform: image.platform,
    size: found.layers.reduce((sum, { size }) => sum + size, 0),
    createdMs: createdMs(image.config.created, now()),
    origin: "pulled",
  });
  return { reference: name, digest, manifest, config: image.config };
}

function createdMs(created: string | undefined, fallback: number): number {
  const parsed = created === undefined ? Number.NaN : Date.parse(created);
  return Number.isNaN(parsed) ? fallback : parsed;
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
