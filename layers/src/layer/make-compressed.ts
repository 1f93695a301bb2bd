import { compress } from "../compress/compress.ts";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { layersError } from "../errors.ts";
import { tarBytes } from "./layer-bytes.ts";
import type { LayerSurroundings } from "./surroundings.ts";

export interface CompressRequest {
  readonly tar: Descriptor;
  readonly algorithm: "gzip" | "zstd";
  readonly level: number | undefined;
  /** Under which the result is remembered. */
  readonly key: string;
}

/** The compressed form of a tar: the one made before, or a new one. */
export async function makeCompressed(
  { store, lease, work }: LayerSurroundings,
  { tar, algorithm, level, key }: CompressRequest,
): Promise<Descriptor> {
  const known = store.layers.getCompressed(tar.digest, key);
  if (known && store.blobs.sizeOf(known.digest) !== undefined) {
    lease.add(known.digest);
    return known;
  }
  const path = store.blobs.pathOf(tar.digest);
  if (path === undefined) throw layersError("BLOB_MISSING", `the blob ${tar.digest} is not in the store`);
  const mediaType = algorithm === "gzip" ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
  const bytes = compress(tarBytes({ work }, { path, tar }), {
    algorithm,
    ...(level !== undefined && { level }),
  });
  const made = await store.blobs.put(bytes, { mediaType }, lease);
  store.layers.putCompressed(tar.digest, key, made);
  return made;
}
