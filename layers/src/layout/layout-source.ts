import type { Descriptor } from "../descriptor.ts";
import type { DockerArchiveImage } from "./docker-manifest.ts";
import type { ListedImage } from "./layout-index.ts";

/** A layout or archive that images are loaded from. */
export interface LayoutSource {
  /** For messages: a path, or "standard input". */
  readonly what: string;
  /** What index.json lists; undefined for an archive of an old docker. */
  readonly listed: readonly ListedImage[] | undefined;
  /** What manifest.json lists. */
  readonly docker: readonly DockerArchiveImage[] | undefined;
  /** Brings a blob into the store, verified, if it is not there. @throws BLOB_MISSING, BLOB_CORRUPT */
  fetch(descriptor: Descriptor): Promise<void>;
  /** The blob that a file of an archive became; undefined when there is no such file. */
  fileBlob(path: string): Descriptor | undefined;
}
