import { packImage } from "@tsbuild/builder";
import { chainOf, createLayerStore, type Descriptor, type Lease, type Store } from "@tsbuild/layers";
import { findImage } from "./local-image.ts";
import { randomHex } from "../store-root.ts";
import { layersOf, onlyStored, readStoredImage } from "./stored-image.ts";

/**
 * The manifest of a local image as others get it, with compressed layers: what was pulled as it came, what was built here as gzip.
 * @throws IMAGE_NOT_LOCAL
 */
export async function publishable(store: Store, lease: Lease, name: string): Promise<Descriptor> {
  const record = findImage(store, name);
  if (record.origin === "pulled") return record.manifest;
  const image = readStoredImage(store, record.name, record.manifest);
  const layers = createLayerStore({ store, lease, now: Date.now, randomHex });
  const top = layersOf(image, layers, onlyStored(name));
  const { config } = image.manifest;
  const packed = await packImage(chainOf(top), { form: { algorithm: "gzip" }, config, store, lease });
  return packed.manifest;
}
