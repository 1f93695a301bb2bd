import { join } from "node:path";
import { type Digest, hexOf } from "../digest.ts";

/** Where things lie below the root of a store. */
export interface Places {
  readonly root: string;
  readonly version: string;
  readonly ociLayout: string;
  readonly indexJson: string;
  readonly database: string;
  readonly blobs: string;
  readonly trees: string;
  readonly cacheMounts: string;
  /** Lock files by name. */
  readonly locks: string;
  /** One file for each live lease. */
  readonly leases: string;
  /** Temporary files, each named after the lease that owns it. */
  readonly temporary: string;
  /** Interrupted downloads, kept for the next attempt. */
  readonly partial: string;
  /** Blobs that were found to be damaged. */
  readonly quarantine: string;
}

export function placesOf(root: string): Places {
  return {
    root,
    version: join(root, "version"),
    ociLayout: join(root, "oci-layout"),
    indexJson: join(root, "index.json"),
    database: join(root, "index.db"),
    blobs: join(root, "blobs", "sha256"),
    trees: join(root, "trees"),
    cacheMounts: join(root, "mounts-cache"),
    locks: join(root, "locks"),
    leases: join(root, "locks", "leases"),
    temporary: join(root, "tmp"),
    partial: join(root, "partial"),
    quarantine: join(root, "quarantine"),
  };
}

/** All directories of a store; the last one is made last, so that its presence says that all are there. */
export function directoriesOf(places: Places): readonly string[] {
  const { blobs, trees, cacheMounts, leases, partial, quarantine, temporary } = places;
  return [blobs, trees, cacheMounts, leases, partial, quarantine, temporary];
}

export function blobPath(places: Places, digest: Digest): string {
  return `${places.blobs}/${hexOf(digest)}`;
}
