import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type ImageManifest,
  type JsonObject,
  type Layer,
  type LayerStore,
  maxConfigBytes,
  maxManifestBytes,
  parseImageConfig,
  parseManifest,
  type Platform,
  refuseUnequalLayers,
  type Store,
} from "@tsbuild/layers";
import { cliError } from "../errors.ts";

/** The documents of an image of the store, strictly parsed. */
export interface StoredImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** The config with the fields that we do not know. */
  readonly raw: JsonObject;
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
}

/** @throws IMAGE_NOT_LOCAL for an index, MANIFEST_INVALID, BLOB_MISSING */
export function readStoredImage(store: Store, name: string, descriptor: Descriptor): StoredImage {
  const bytes = store.blobs.read(descriptor.digest, maxManifestBytes);
  const manifest = parseManifest(bytes, { mediaType: descriptor.mediaType, what: name });
  if (manifest.kind !== "manifest")
    throw cliError("IMAGE_NOT_LOCAL", `${name} names an index where an image is needed`);
  const { config, raw } = parseImageConfig(store.blobs.read(manifest.config.digest, maxConfigBytes), name);
  refuseUnequalLayers(manifest, config, name);
  const { os, architecture, variant } = config;
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  return { manifest, config, raw, platform, diffIds: config.rootfs.diff_ids };
}

/** The layers of an image, still lazy: `fetch` brings a blob when a form of its layer is asked for. */
export function layersOf(
  { manifest, diffIds }: StoredImage,
  layers: LayerStore,
  fetch: (blob: Descriptor) => Promise<void>,
): Layer | undefined {
  let top: Layer | undefined;
  for (const [at, blob] of manifest.layers.entries()) {
    const diffId = diffIds[at];
    if (diffId) top = layers.fromBlob(top, blob, diffId, fetch);
  }
  return top;
}

/** For commands that use what is here: a blob that is missing is an error that says how to bring it. */
export function onlyStored(name: string): (blob: Descriptor) => Promise<void> {
  return async (blob) => {
    throw cliError("IMAGE_NOT_LOCAL", `the layer ${blob.digest} of ${name} is not in the store`, {
      hint: `bring it with: tsbuild pull ${name}`,
    });
  };
}
