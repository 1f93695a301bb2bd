import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Descriptor, mediaTypes, type Platform } from "@tsbuild/layers";
import type { MemoryBlobs } from "./memory-blobs.ts";

/** An image put together in a store, for transfers: its layers are gzipped bytes, not necessarily archives. */
export interface SampleImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface SampleImageOptions {
  readonly platform?: Platform;
  /** One layer for each, of that many incompressible bytes. */
  readonly layerBytes?: readonly number[];
  /** Makes the bytes of one sample differ from another's. */
  readonly seed?: string;
}

const linux: Platform = { os: "linux", architecture: "amd64" };

export function addSampleImage(blobs: MemoryBlobs, options: SampleImageOptions = {}): SampleImage {
  const { platform = linux, layerBytes = [1000, 300_000], seed = "sample" } = options;
  const contents = layerBytes.map((size, at) => randomBytes(size, `${seed} ${at}`));
  const layers = contents.map((bytes) => blobs.add(gzipSync(bytes, { level: 0 }), mediaTypes.ociLayerGzip));
  const diffIds = contents.map((bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  const rootfs = { type: "layers", diff_ids: diffIds };
  const config = blobs.add(JSON.stringify({ ...platform, config: {}, rootfs }), mediaTypes.ociConfig);
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  const manifest = blobs.add(JSON.stringify(document), mediaTypes.ociManifest);
  return { manifest: { ...manifest, platform }, config, layers };
}

/** An index over images, each listed with its platform. */
export function addSampleIndex(blobs: MemoryBlobs, images: readonly SampleImage[]): Descriptor {
  const manifests = images.map(({ manifest }) => manifest);
  return blobs.add(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    mediaTypes.ociIndex,
  );
}

/** The same bytes for the same seed. */
export function randomBytes(size: number, seed: string): Buffer {
  const cipher = createHash("shake256", { outputLength: Math.max(size, 1) });
  return cipher.update(seed).digest().subarray(0, size);
}
