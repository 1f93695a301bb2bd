import type { ImageSource, ResolvedBase } from "@tsbuild/builder";
import {
  type Descriptor,
  type Digest,
  isIndexType,
  type LayerStore,
  type LayoutSource,
  type Lease,
  maxIndexDepth,
  maxManifestBytes,
  openLayoutDirectory,
  type Platform,
  parseManifest,
  resolveManifest,
  type Store,
} from "@tsbuild/layers";
import { cliError } from "../errors.ts";
import { type LayoutReference, parseLayoutReference } from "./layout-reference.ts";
import { layersOf, readStoredImage } from "./stored-image.ts";

interface LayoutImagesDeps {
  readonly store: Store;
  readonly layers: LayerStore;
  readonly lease: Lease;
  readonly say: (message: string) => void;
}

/** The images of OCI layout directories: documents are copied into the store, layers when a step needs them. */
export function createLayoutImages({ store, layers, lease, say }: LayoutImagesDeps): ImageSource {
  return {
    resolve: async (reference, platform, { signal }) => {
      const layout = parseLayoutReference(reference);
      using source = openLayoutDirectory(store, layout.directory, { lease, signal });
      const documents = documentsOf(store, source);
      const top = await find(documents, source, { layout, say });
      return await resolveIn(documents, top, { reference, platform, source, store });
    },
    layers: async ({ reference, manifest }, { signal, onTransfer }) => {
      const { directory } = parseLayoutReference(reference);
      return layersOf(readStoredImage(store, reference, manifest), layers, async (blob) => {
        using source = openLayoutDirectory(store, directory, { lease, signal });
        await source.fetch(blob);
        onTransfer(blob.digest, blob.size, blob.size);
      });
    },
  };
}

interface Resolving {
  readonly reference: string;
  readonly platform: Platform;
  readonly source: LayoutSource;
  readonly store: Store;
}

async function resolveIn(
  read: ReadDocument,
  top: Descriptor,
  { reference, platform, source, store }: Resolving,
): Promise<ResolvedBase> {
  const { descriptor, manifest } = await resolveManifest(top, { platform, what: source.what, read });
  await source.fetch(manifest.config);
  const { mediaType, digest, size } = descriptor;
  const plain = { mediaType, digest, size };
  return { reference, digest, manifest: plain, config: readStoredImage(store, reference, plain).config };
}

type ReadDocument = (descriptor: Descriptor) => Promise<Uint8Array>;

function documentsOf(store: Store, source: LayoutSource): ReadDocument {
  return async (descriptor) => {
    await source.fetch(descriptor);
    return store.blobs.read(descriptor.digest, maxManifestBytes);
  };
}

/** By digest among all that is listed, else by name, else the only one there is. @throws IMAGE_NOT_LOCAL */
async function find(
  read: ReadDocument,
  { listed = [], what }: LayoutSource,
  { layout, say }: { readonly layout: LayoutReference; readonly say: (message: string) => void },
): Promise<Descriptor> {
  const { tag, digest } = layout;
  const tops = listed.map(({ descriptor }) => descriptor);
  const found = digest === undefined ? named(listed, tag) : await byDigest(read, tops, digest);
  if (found !== undefined) return found;
  const [only, ...more] = tops;
  if (digest === undefined && only !== undefined && more.length === 0) {
    // As buildx: a layout with one image means that image, whatever it is called.
    if (tag !== "latest") say(`${what} has no image ${tag}: its only one is taken`);
    return only;
  }
  const names = listed.map(({ name, descriptor }) => name ?? descriptor.digest);
  throw cliError("IMAGE_NOT_LOCAL", `${what} has no image ${digest ?? tag}`, {
    hint: names.length === 0 ? "it is empty" : `it has: ${names.slice(0, 20).join(", ")}`,
  });
}

function named(listed: NonNullable<LayoutSource["listed"]>, tag: string): Descriptor | undefined {
  const refName = "org.opencontainers.image.ref.name";
  const exact = listed.find(({ descriptor }) => descriptor.annotations?.[refName] === tag);
  return (exact ?? listed.find(({ name }) => name?.endsWith(`:${tag}`)))?.descriptor;
}

async function byDigest(
  read: ReadDocument,
  tops: readonly Descriptor[],
  digest: Digest,
): Promise<Descriptor | undefined> {
  let level = tops;
  for (let depth = 0; depth <= maxIndexDepth && level.length > 0; depth++) {
    const found = level.find((each) => each.digest === digest);
    if (found !== undefined) return found;
    const next: Descriptor[] = [];
    for (const { mediaType, ...rest } of level.filter((each) => isIndexType(each.mediaType))) {
      const index = parseManifest(await read({ mediaType, ...rest }), { mediaType, what: rest.digest });
      if (index.kind === "index") next.push(...index.manifests);
    }
    level = next;
  }
  return undefined;
}
