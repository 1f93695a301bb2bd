import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { type Digest, hexOf } from "../digest.ts";
import { layersError } from "../errors.ts";
import { goJson, sortKeys } from "../image/go-json.ts";
import { orderedDescriptor } from "../image/manifest.ts";
import type { BlobStore } from "../store/blob-store.ts";
import { collectBlobs, type LayoutImage } from "./layout-image.ts";

/** One file of a layout: bytes of ours, or a blob of the store. */
export type LayoutFile =
  | { readonly kind: "bytes"; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: "blob"; readonly path: string; readonly digest: Digest; readonly size: number };

export interface LayoutForm {
  /** "docker" adds the manifest.json that `docker load` of any age reads; for images of one platform. */
  readonly form: "oci" | "docker";
}

/**
 * The files of an OCI image layout (image-spec image-layout.md) in byte order of their paths, so that the same images always
 * make the same archive.
 */
export function layoutFiles(
  store: BlobStore,
  images: readonly LayoutImage[],
  { form }: LayoutForm,
): LayoutFile[] {
  const contents = images.map((image) => ({ image, ...collectBlobs(store, image) }));
  const blobs = new Map(contents.flatMap((content) => [...content.blobs]));
  const files: LayoutFile[] = [...blobs.values()].map(({ digest, size }) => ({
    kind: "blob",
    path: blobPathInLayout(digest),
    digest,
    size,
  }));
  files.push(textFile("index.json", indexJson(images)));
  files.push(textFile("oci-layout", '{"imageLayoutVersion":"1.0.0"}'));
  if (form === "docker")
    files.push(
      textFile(
        "manifest.json",
        goJson(contents.map(({ image, manifests }) => dockerEntry(image, manifests))),
      ),
    );
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function blobPathInLayout(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function textFile(path: string, text: string): LayoutFile {
  return { kind: "bytes", path, bytes: Buffer.from(text) };
}

/** One entry for each name; the annotations are those of containerd: the full name, and its tag alone. */
function indexJson(images: readonly LayoutImage[]): string {
  const manifests = images.flatMap(({ names, manifest }) =>
    names.length === 0
      ? [orderedDescriptor(manifest)]
      : names.map((name) => orderedDescriptor(named(manifest, name))),
  );
  return goJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

function named(manifest: Descriptor, name: string): Descriptor {
  const annotations = {
    ...manifest.annotations,
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": tagOf(name),
  };
  return { ...manifest, annotations: sortKeys(annotations) ?? annotations };
}

/** What follows the last colon, unless that is the port of a registry. */
function tagOf(name: string): string {
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(colon + 1) : name;
}

/** An entry of manifest.json; docker prints names without its own registry. */
function dockerEntry(
  { names, manifest }: LayoutImage,
  manifests: readonly { readonly config: Descriptor; readonly layers: readonly Descriptor[] }[],
): object {
  const [only] = manifests;
  if (!only || manifests.length > 1)
    throw layersError("ARCHIVE_INVALID", `${names[0] ?? manifest.digest} has more than one platform`, {
      hint: "a docker archive holds one platform: choose one with --platform, or use type=oci",
    });
  return {
    Config: blobPathInLayout(only.config.digest),
    RepoTags: names.map(familiarName),
    Layers: only.layers.map(({ digest }) => blobPathInLayout(digest)),
  };
}

function familiarName(name: string): string {
  const short = /^docker\.io\/(?:library\/(?=[^/]*$))?(.+)$/.exec(name);
  return short?.[1] ?? name;
}
