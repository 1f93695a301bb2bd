import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { maxIndexDepth, maxManifestBytes } from "../image/limits.ts";
import { type ImageManifest, parseManifest } from "../image/manifest.ts";
import type { BlobStore } from "../store/blob-store.ts";

/** An image to write into a layout: what it is called there, and its manifest or index in the blob store. */
export interface LayoutImage {
  /** Full names, e.g. docker.io/library/app:latest; none for an image that has only its digest. */
  readonly names: readonly string[];
  readonly manifest: Descriptor;
}

export interface ImageBlobs {
  /** Every blob of the image, its own documents included. */
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
  /** The manifests of its platforms, in the order of its index. */
  readonly manifests: readonly ImageManifest[];
}

/** What an image consists of. @throws BLOB_MISSING, BLOB_CORRUPT, MANIFEST_INVALID */
export function collectBlobs(store: BlobStore, { names, manifest }: LayoutImage): ImageBlobs {
  const blobs = new Map<Digest, Descriptor>();
  const manifests: ImageManifest[] = [];
  const visit = (descriptor: Descriptor, depth: number): void => {
    if (depth > maxIndexDepth)
      throw layersError("MANIFEST_INVALID", `${names[0] ?? manifest.digest} is an index nested too deeply`);
    blobs.set(descriptor.digest, descriptor);
    const bytes = store.read(descriptor.digest, maxManifestBytes);
    const document = parseManifest(bytes, { mediaType: descriptor.mediaType, what: descriptor.digest });
    if (document.kind === "index") {
      for (const child of document.manifests) visit(child, depth + 1);
      return;
    }
    manifests.push(document);
    for (const blob of [document.config, ...document.layers]) blobs.set(blob.digest, blob);
  };
  visit(manifest, 1);
  return { blobs, manifests };
}
