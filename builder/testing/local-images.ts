import {
  type Descriptor,
  type Digest,
  type Layer,
  type LayerStore,
  maxConfigBytes,
  maxManifestBytes,
  parseImageConfig,
  parseManifest,
  type Store,
} from "@tsbuild/layers";
import type { ImageSource } from "../src/ports.ts";

/** Images of one store, for tests of builds: no registry is asked. */
export function localImages(store: Store, layers: LayerStore): ImageSource {
  const configOf = (manifest: Descriptor): ReturnType<typeof parseImageConfig> => {
    const { config } = imageManifest(store, manifest);
    return parseImageConfig(store.blobs.read(config.digest, maxConfigBytes), "a base image");
  };
  return {
    async resolve(reference) {
      const record = store.images.get(reference);
      if (!record) throw new Error(`no image ${reference} in the store`);
      const { manifest } = record;
      return { reference, digest: manifest.digest, manifest, config: configOf(manifest).config };
    },
    async layers({ manifest }) {
      const { rootfs } = configOf(manifest).config;
      return imageManifest(store, manifest).layers.reduce<Layer | undefined>(
        (below, blob, index) => layers.fromBlob(below, blob, rootfs.diff_ids[index] as Digest, neverFetched),
        undefined,
      );
    },
  };
}

function imageManifest(store: Store, { digest, mediaType }: Descriptor) {
  const document = parseManifest(store.blobs.read(digest, maxManifestBytes), { mediaType, what: "an image" });
  if (document.kind !== "manifest") throw new Error("an index in the store of a test");
  return document;
}

async function neverFetched(blob: Descriptor): Promise<void> {
  throw new Error(`the blob ${blob.digest} is missing`);
}
