import type { Descriptor, Digest, Platform } from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { registryError } from "../errors.ts";
import { canonicalForm, type Reference, withDefaultTag } from "../reference/reference.ts";
import { type Document, readDocument } from "./document.ts";
import { type FetchedManifest, fetchManifest } from "./manifest.ts";

/** An image at a registry, pinned: from here on only digests are asked for. */
export interface ResolvedImage {
  readonly reference: Reference;
  /** What the name led to: the index, where there is one. */
  readonly digest: Digest;
  readonly index: FetchedManifest | undefined;
  readonly manifest: FetchedManifest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Asks for an image for one platform. @throws IMAGE_NOT_FOUND, PLATFORM_NOT_FOUND, MANIFEST_REFUSED, … */
export async function resolveImage(
  connection: Connection,
  wanted: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const reference = withDefaultTag(wanted);
  const name = canonicalForm(reference);
  const root = await fetchManifest(connection, reference, signal);
  const document = readDocument(root.bytes, root.mediaType, name);
  if (document.kind === "image")
    return resolved(reference, { root, index: undefined, manifest: root, document });
  const chosen = choose(document.manifests, platform, name);
  const pinned = { ...reference, tag: undefined, digest: chosen.digest };
  const manifest = await fetchManifest(connection, pinned, signal);
  const image = readDocument(manifest.bytes, manifest.mediaType, canonicalForm(pinned));
  if (image.kind !== "image")
    throw registryError("MANIFEST_REFUSED", `the index of ${name} leads to another index, not to an image`);
  return resolved(reference, { root, index: root, manifest, document: image });
}

interface Found {
  readonly root: FetchedManifest;
  readonly index: FetchedManifest | undefined;
  readonly manifest: FetchedManifest;
  readonly document: Extract<Document, { kind: "image" }>;
}

function resolved(reference: Reference, { root, index, manifest, document }: Found): ResolvedImage {
  const mediaType = document.mediaType;
  return {
    reference,
    digest: root.digest,
    index,
    manifest: { ...manifest, mediaType },
    config: document.config,
    layers: document.layers,
  };
}

function choose(manifests: readonly Descriptor[], platform: Platform, name: string): Descriptor {
  const matching = manifests.filter((one) => one.platform !== undefined && matches(one.platform, platform));
  const exact = matching.find((one) => one.platform?.variant === platform.variant);
  const found = exact ?? matching[0];
  if (found !== undefined) return found;
  const there = [...new Set(manifests.map((one) => platformText(one.platform)))].filter(
    (text) => text !== "unknown/unknown",
  );
  throw registryError("PLATFORM_NOT_FOUND", `${name} is not there for ${platformText(platform)}`, {
    hint: there.length === 0 ? "its index lists no image at all" : `--platform one of: ${there.join(", ")}`,
  });
}

function matches(one: Platform, wanted: Platform): boolean {
  return one.os === wanted.os && one.architecture === wanted.architecture;
}

function platformText(platform: Platform | undefined): string {
  const { os = "unknown", architecture = "unknown", variant } = platform ?? {};
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}
