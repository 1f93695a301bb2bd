import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Descriptor, mediaTypes } from "../src/descriptor.ts";
import type { Digest } from "../src/digest.ts";
import { writeImageConfig } from "../src/image/config.ts";
import { writeManifest } from "../src/image/manifest.ts";
import type { Lease } from "../src/store/blob-store.ts";
import type { LayerRecord, Store } from "../src/store/store.ts";

const platform = { os: "linux", architecture: "amd64" };

/** A layer record with everything empty that is not said. */
export function layer(id: string, fields: Partial<LayerRecord> = {}): LayerRecord {
  return {
    id,
    parent: undefined,
    diffId: undefined,
    tar: undefined,
    hasTree: false,
    treeBoot: undefined,
    hasIndex: false,
    original: undefined,
    createdMs: 0,
    ...fields,
  };
}

/** A blob made of a text. */
export async function putText(store: Store, text: string, lease: Lease): Promise<Descriptor> {
  return store.blobs.put(Buffer.from(text), { mediaType: mediaTypes.ociLayer }, lease);
}

/** An image of these layers, each made of its text, with a layer record for each: `name0`, `name1` … */
export async function putImage(store: Store, name: string, texts: readonly string[]): Promise<Digest> {
  await using lease = await store.lease("image");
  const layers = await Promise.all(texts.map((text) => putText(store, text, lease)));
  let parent: string | undefined;
  for (const [index, tar] of layers.entries()) {
    const id = `${name}${index}`;
    store.layers.put(layer(id, { parent, tar, diffId: tar.digest, hasTree: true }));
    mkdirSync(join(store.root, "trees", id));
    parent = id;
  }
  const bytes = writeImageConfig({
    ...platform,
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const config = await store.blobs.put(bytes, { mediaType: mediaTypes.ociConfig }, lease);
  const document = writeManifest({ mediaType: mediaTypes.ociManifest, config, layers });
  const manifest = await store.blobs.put(document, { mediaType: mediaTypes.ociManifest }, lease);
  store.images.put({ name, manifest, id: config.digest, platform, size: 0, createdMs: 0, origin: "built" });
  return config.digest;
}
