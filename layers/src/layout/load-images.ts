import { closeSync, openSync, readSync } from "node:fs";
import { detectCompression, detectionBytes } from "../compress/detect.ts";
import { type Descriptor, mediaTypes, type Platform } from "../descriptor.ts";
import { type Digest, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { type ImageConfig, parseImageConfig } from "../image/config.ts";
import { maxConfigBytes, maxManifestBytes } from "../image/limits.ts";
import { type ImageManifest, writeManifest } from "../image/manifest.ts";
import { resolveManifest } from "../image/resolve-manifest.ts";
import { refuseUnequalLayers } from "../image/unequal-layers.ts";
import type { Lease } from "../store/blob-store.ts";
import type { Store } from "../store/store.ts";
import type { DockerArchiveImage } from "./docker-manifest.ts";
import type { LayoutSource } from "./layout-source.ts";

/** An image that is wholly in the store now, held by the lease it was loaded with; its names are as they were found. */
export interface LoadedImage {
  readonly names: readonly string[];
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Sum of the layers as they are. */
  readonly size: number;
}

export interface LoadOptions {
  readonly lease: Lease;
  /** Which image of an index; undefined takes the only one. */
  readonly platform: Platform | undefined;
  /** Only the image of this name, tag or digest. */
  readonly only?: string;
}

/**
 * Brings the images of a layout or archive into the store: every document is parsed strictly, every blob is there with the size
 * and the digest that its manifest gives it.
 * @throws ARCHIVE_INVALID, LAYOUT_INVALID, MANIFEST_INVALID, BLOB_MISSING, BLOB_CORRUPT, IMAGE_UNKNOWN
 */
export async function loadImages(
  store: Store,
  source: LayoutSource,
  { lease, platform, only }: LoadOptions,
): Promise<LoadedImage[]> {
  const found = source.listed
    ? source.listed.map(({ descriptor, name }) => ({ descriptor, names: name === undefined ? [] : [name] }))
    : await Array.fromAsync(source.docker ?? [], (image) =>
        convertDockerImage(store, source, { image, lease }),
      );
  const wanted = found.filter(
    ({ descriptor, names }) => only === undefined || isNamed(only, descriptor, names),
  );
  if (wanted.length === 0) throw unknownImage(source, only);
  const loaded: LoadedImage[] = [];
  for (const { descriptor, names } of wanted) {
    const image = await loadOne(store, source, { descriptor, platform, lease });
    const same = loaded.findIndex((other) => other.descriptor.digest === image.descriptor.digest);
    if (same < 0) loaded.push({ ...image, names });
    else loaded[same] = { ...image, names: [...(loaded[same]?.names ?? []), ...names] };
  }
  if (source.listed && source.docker) refuseOtherImages(store, source, loaded, only);
  return loaded;
}

function isNamed(only: string, { digest }: Descriptor, names: readonly string[]): boolean {
  return digest === only || names.some((name) => name === only || name.endsWith(`:${only}`));
}

function unknownImage(source: LayoutSource, only: string | undefined): Error {
  const names = source.listed?.map(({ name, descriptor }) => name ?? descriptor.digest) ?? [];
  return layersError(
    "IMAGE_UNKNOWN",
    only === undefined
      ? `${source.what} has no image`
      : `${source.what} has no image ${JSON.stringify(only)}`,
    names.length > 0 ? { hint: `it has: ${names.slice(0, 20).join(", ")}` } : {},
  );
}

async function loadOne(
  store: Store,
  source: LayoutSource,
  options: {
    readonly descriptor: Descriptor;
    readonly platform: Platform | undefined;
    readonly lease: Lease;
  },
): Promise<Omit<LoadedImage, "names">> {
  const { what } = source;
  const fetch = async (blob: Descriptor): Promise<void> => {
    options.lease.add(blob.digest);
    await source.fetch(blob);
  };
  const { descriptor, manifest } = await resolveManifest(options.descriptor, {
    platform: options.platform,
    what,
    async read(document) {
      if (document.size > maxManifestBytes)
        throw layersError("MANIFEST_INVALID", `a manifest of ${what} is too large`);
      await fetch(document);
      return store.blobs.read(document.digest, maxManifestBytes);
    },
  });
  await fetch(manifest.config);
  const { config } = parseImageConfig(store.blobs.read(manifest.config.digest, maxConfigBytes), what);
  for (const layer of manifest.layers) await fetch(layer);
  refuseUnequalLayers(manifest, config, what);
  const { annotations: _, ...plain } = descriptor;
  return {
    descriptor: plain,
    manifest,
    config,
    size: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
  };
}

/** An image of `docker save` has no manifest: one is made, with the layers as they are. */
async function convertDockerImage(
  store: Store,
  source: LayoutSource,
  { image, lease }: { readonly image: DockerArchiveImage; readonly lease: Lease },
): Promise<{ readonly descriptor: Descriptor; readonly names: readonly string[] }> {
  const blob = (path: string): Descriptor => {
    const found = source.fileBlob(path);
    if (!found)
      throw layersError(
        "ARCHIVE_INVALID",
        `${source.what} lacks ${JSON.stringify(path)}, which its manifest.json names`,
      );
    return found;
  };
  const config = { ...blob(image.config), mediaType: mediaTypes.dockerConfig };
  const layers = image.layers.map((path) => {
    const layer = blob(path);
    return { ...layer, mediaType: layerType(store, layer.digest) };
  });
  const bytes = writeManifest({ mediaType: mediaTypes.dockerManifest, config, layers });
  const descriptor = await store.blobs.put(bytes, { mediaType: mediaTypes.dockerManifest }, lease);
  return { descriptor, names: image.names };
}

/** By content: the archive does not say it. */
function layerType(store: Store, digest: Digest): string {
  const path = store.blobs.pathOf(digest);
  const kind = path === undefined ? "tar" : detectCompression(readHead(path));
  if (kind === "gzip") return mediaTypes.dockerLayerGzip;
  return kind === "zstd" ? mediaTypes.ociLayerZstd : mediaTypes.dockerLayer;
}

function readHead(path: string): Buffer {
  const head = Buffer.alloc(detectionBytes);
  const fd = openSync(path, "r");
  try {
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** An archive with both lists must mean the same images by them: docker reads one, others read the other. */
function refuseOtherImages(
  store: Store,
  source: LayoutSource,
  loaded: readonly LoadedImage[],
  only: string | undefined,
): void {
  if (only !== undefined) return;
  const known = new Set(loaded.map(({ manifest }) => manifest.config.digest));
  for (const { config } of source.docker ?? []) {
    const digest = source.fileBlob(config)?.digest;
    if (digest && isDigest(digest) && known.has(digest) && store.blobs.sizeOf(digest) !== undefined) continue;
    throw layersError(
      "ARCHIVE_INVALID",
      `manifest.json and index.json of ${source.what} name different images`,
    );
  }
}
