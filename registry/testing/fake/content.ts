import { createHash } from "node:crypto";

interface Stored {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface Repository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Stored>;
  readonly tags: Map<string, string>;
}

/** What the fake registry holds, in memory. */
export interface Content {
  repository(name: string): Repository;
  has(name: string): boolean;
  manifest(name: string, reference: string): (Stored & { readonly digest: string }) | undefined;
  /** The problem, when the manifest may not be stored. */
  putManifest(
    name: string,
    reference: string,
    stored: Stored,
  ): { readonly problem?: string; readonly digest: string };
}

export function createContent(): Content {
  const repositories = new Map<string, Repository>();
  const repository = (name: string): Repository => {
    const known = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, known);
    return known;
  };
  return {
    repository,
    has: (name) => repositories.has(name),
    manifest(name, reference) {
      const { manifests, tags } = repository(name);
      const digest = tags.get(reference) ?? reference;
      const stored = manifests.get(digest);
      return stored === undefined ? undefined : { ...stored, digest };
    },
    putManifest(name, reference, stored) {
      const digest = sha256(stored.bytes);
      const target = repository(name);
      const missing = firstMissing(target, stored.bytes);
      if (missing !== undefined) return { digest, problem: `MANIFEST_BLOB_UNKNOWN: ${missing}` };
      if (reference.includes(":") && reference !== digest) return { digest, problem: "DIGEST_INVALID" };
      target.manifests.set(digest, stored);
      if (!reference.includes(":")) target.tags.set(reference, digest);
      return { digest };
    },
  };
}

/** A real registry takes a manifest only when everything it names is there; so does this one. */
function firstMissing({ blobs, manifests }: Repository, bytes: Buffer): string | undefined {
  type Named = { digest: string; urls?: string[] };
  const document = JSON.parse(bytes.toString("utf8")) as {
    config?: Named;
    layers?: Named[];
    manifests?: Named[];
  };
  const wanted = [...(document.config === undefined ? [] : [document.config]), ...(document.layers ?? [])];
  const blob = wanted.find(({ digest, urls }) => urls === undefined && !blobs.has(digest));
  return (blob ?? (document.manifests ?? []).find(({ digest }) => !manifests.has(digest)))?.digest;
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
