import { readFileSync } from "node:fs";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { parseImageConfig } from "../image/config.ts";
import { maxConfigBytes, maxManifestBytes } from "../image/limits.ts";
import { parseManifest } from "../image/manifest.ts";
import { readBlob } from "./blob-file.ts";
import { replaceFile } from "./durable.ts";
import { writeFailure } from "./failure.ts";
import { lockFileBlocking } from "./lock-file.ts";
import type { Places } from "./places.ts";
import type { ImageRecord } from "./store.ts";

/** Where containerd keeps the full name; the other annotation may hold the tag alone. */
const nameAnnotation = "io.containerd.image.name";

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

/** The images that index.json names and whose documents are here. */
export function readIndexJson(places: Places): ImageRecord[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(places.indexJson);
  } catch {
    // A new store has none; one that cannot be read has no names to give.
    return [];
  }
  const index = parseManifest(bytes, { mediaType: mediaTypes.ociIndex, what: places.indexJson });
  return index.kind === "index" ? index.manifests.flatMap((manifest) => recordsOf(places, manifest)) : [];
}

function recordsOf(places: Places, { annotations, platform, ...manifest }: Descriptor): ImageRecord[] {
  const name = annotations?.[nameAnnotation];
  if (name === undefined || !platform) return [];
  try {
    const { mediaType, digest } = manifest;
    const document = parseManifest(readBlob(places, digest, maxManifestBytes), { mediaType, what: name });
    if (document.kind !== "manifest") return [];
    const { config } = parseImageConfig(readBlob(places, document.config.digest, maxConfigBytes), name);
    const size = document.layers.reduce((sum, layer) => sum + layer.size, 0);
    const createdMs = Date.parse(config.created ?? "") || 0;
    return [{ name, manifest, id: document.config.digest, platform, size, createdMs, origin: "loaded" }];
  } catch {
    // Its documents are gone or damaged: the name leads nowhere.
    return [];
  }
}

function indexText(images: readonly ImageRecord[]): string {
  const manifests = images.map(({ name, manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
    annotations: { [nameAnnotation]: name, "org.opencontainers.image.ref.name": name },
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
