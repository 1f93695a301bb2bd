import { readFileSync } from "node:fs";
import { mediaTypes } from "../descriptor.ts";
import { replaceFile } from "./durable.ts";
import { writeFailure } from "./failure.ts";
import { lockFileBlocking } from "./lock-file.ts";
import type { Places } from "./places.ts";
import type { ImageRecord } from "./store.ts";

/** image-layout.md "oci-layout file". */
export const ociLayoutText = '{"imageLayoutVersion":"1.0.0"}';

/**
 * Writes index.json from the image table, so that any tool for OCI layouts reads the store by image name.
 * One process at a time reads the table and replaces the file: the last one to write has seen every change.
 */
export function writeIndexJson(
  places: Places,
  images: () => readonly ImageRecord[],
  temporaryPath: (label: string) => string,
): void {
  try {
    using _ = lockFileBlocking(`${places.locks}/index-json`, "exclusive");
    const bytes = Buffer.from(indexText(images()));
    if (!isCurrent(places, bytes)) replaceFile(places.indexJson, bytes, temporaryPath("index-json"));
  } catch (error) {
    throw writeFailure(error, places.root, 0);
  }
}

function indexText(images: readonly ImageRecord[]): string {
  const manifests = images.map(({ name, manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
    annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name },
    platform,
  }));
  return `${JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })}\n`;
}

function isCurrent(places: Places, bytes: Buffer): boolean {
  try {
    return readFileSync(places.indexJson).equals(bytes);
  } catch {
    // Missing or unreadable: it is written anew.
    return false;
  }
}
