import {
  canonicalForm,
  type Descriptor,
  type Digest,
  layersError,
  parseManifest,
  type Platform,
  type Reference,
  resolveManifest,
  withDefaultTag,
} from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { type FetchedManifest, fetchManifest } from "./manifest.ts";

/** An image at a registry, pinned: from here on only digests are asked for. */
export interface ResolvedImage {
  readonly reference: Reference;
  /** What the name led to: the index, where there is one. */
  readonly digest: Digest;
  /** Undefined when the name led to the manifest of one image at once. */
  readonly index: FetchedManifest | undefined;
  readonly manifest: FetchedManifest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Asks for an image for one platform. @throws IMAGE_NOT_FOUND, IMAGE_UNKNOWN (no such platform), MANIFEST_INVALID, … */
export async function resolveImage(
  connection: Connection,
  wanted: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const reference = withDefaultTag(wanted);
  const what = canonicalForm(reference);
  const answer = await fetchManifest(connection, reference, signal);
  const { mediaType } = parseManifest(answer.bytes, { mediaType: claimOf(answer), what });
  const root = { ...answer, mediaType };
  let last: FetchedManifest = root;
  const read = async (wantedManifest: Descriptor): Promise<Uint8Array> => {
    if (wantedManifest !== root) last = await fetchChild(connection, reference, wantedManifest, signal);
    return last.bytes;
  };
  const { descriptor, manifest } = await resolveManifest(root, { platform, read, what });
  return {
    reference,
    digest: root.digest,
    index: descriptor === root ? undefined : root,
    manifest: { ...last, ...descriptor },
    config: manifest.config,
    layers: manifest.layers,
  };
}

async function fetchChild(
  connection: Connection,
  reference: Reference,
  child: Descriptor,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const pinned = { ...reference, tag: undefined, digest: child.digest };
  const found = await fetchManifest(connection, pinned, signal);
  if (found.size === child.size) return found;
  throw layersError(
    "MANIFEST_INVALID",
    `the index of ${canonicalForm(reference)} gives ${child.digest} ${child.size} bytes, it has ${found.size}`,
  );
}

/** Some registries send every document as plain JSON, which says nothing about it. */
function claimOf({ mediaType }: FetchedManifest): string | undefined {
  return mediaType.startsWith("application/vnd.") ? mediaType : undefined;
}
