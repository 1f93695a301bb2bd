import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { type Digest, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { maxManifestBytes } from "../image/limits.ts";
import type { BlobWriter, Lease } from "../store/blob-store.ts";
import type { Store } from "../store/store.ts";
import type { TarEntry } from "../tar/entry.ts";
import { parseArchive } from "../tar/archive.ts";
import { parseDockerManifest } from "./docker-manifest.ts";
import { checkOciLayout, parseLayoutIndex } from "./layout-index.ts";
import type { LayoutSource } from "./layout-source.ts";

/** More files than any archive of images has. */
const maxEntries = 65_536;
/** A quarter of a terabyte: what is larger when decompressed is no archive of images. */
const maxArchiveBytes = 2 ** 38;
const documents: ReadonlySet<string> = new Set(["index.json", "oci-layout", "manifest.json"]);
/** Files of very old archives that say what manifest.json says too. */
const ignored = /^(?:repositories|[0-9a-f]{64}\/(?:json|VERSION))$/;

export interface ReadArchiveOptions {
  readonly what: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/**
 * Reads an archive of images (`docker save`, or an OCI layout in a tar, compressed or not) in one pass: every file goes into the store under its
 * digest, only the three documents are kept in memory. Nothing is written anywhere by the names of the archive.
 * @throws TAR_INVALID, ARCHIVE_INVALID, BLOB_CORRUPT, STORE_FULL
 */
export async function readArchive(
  store: Store,
  chunks: AsyncIterable<Uint8Array>,
  { what, lease, signal }: ReadArchiveOptions,
): Promise<LayoutSource> {
  using contents = createContents(store, what, lease);
  await parseArchive(untilAborted(chunks, signal), contents, { maxEntries, maxBytes: maxArchiveBytes });
  return contents.source();
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

interface Contents extends Disposable {
  entry(entry: TarEntry): void;
  data(chunk: Uint8Array): void;
  end(): void;
  source(): LayoutSource;
}

type Target =
  | { readonly kind: "blob"; readonly path: string; readonly writer: BlobWriter; readonly size: number }
  | { readonly kind: "document"; readonly path: string; readonly parts: Buffer[] }
  | { readonly kind: "nothing" };

function createContents(store: Store, what: string, lease: Lease): Contents {
  const files = new Map<string, Descriptor>();
  const links = new Map<string, string>();
  const texts = new Map<string, Buffer>();
  let target: Target = { kind: "nothing" };

  const refuse = (path: string, problem: string): Error =>
    layersError("ARCHIVE_INVALID", `${JSON.stringify(path)} in ${what} ${problem}`);
  const finishFile = (): void => {
    if (target.kind === "document") texts.set(target.path, Buffer.concat(target.parts));
    if (target.kind === "blob") {
      const { path, writer, size } = target;
      const digest = digestInPath(path);
      files.set(path, writer.commit({ mediaType: mediaTypes.ociLayer, size, ...(digest && { digest }) }));
    }
    target = { kind: "nothing" };
  };
  const open = ({ path, size }: TarEntry): Target => {
    if (files.has(path) || texts.has(path) || links.has(path)) throw refuse(path, "is there twice");
    if (ignored.test(path)) return { kind: "nothing" };
    if (!documents.has(path)) return { kind: "blob", path, size, writer: store.blobs.writer(lease) };
    if (size > maxManifestBytes)
      throw refuse(path, `has ${size} bytes, more than the ${maxManifestBytes} allowed`);
    return { kind: "document", path, parts: [] };
  };
  return {
    entry(entry) {
      finishFile();
      if (entry.type === "file") target = open(entry);
      else if (entry.type === "symlink") links.set(entry.path, linkPath(entry));
      else if (entry.type !== "directory")
        throw refuse(entry.path, `is a ${entry.type}: an archive of images has none`);
    },
    data(chunk) {
      if (target.kind === "blob") target.writer.write(chunk);
      if (target.kind === "document") target.parts.push(Buffer.from(chunk));
    },
    end: finishFile,
    source: () => sourceOf(store, what, { files, links, texts }),
    [Symbol.dispose]() {
      if (target.kind === "blob") target.writer[Symbol.dispose]();
    },
  };
}

function digestInPath(path: string): Digest | undefined {
  const match = /^blobs\/sha256\/([^/]+)$/.exec(path);
  if (!match) return undefined;
  const digest = `sha256:${match[1]}`;
  if (!isDigest(digest))
    throw layersError("ARCHIVE_INVALID", `${JSON.stringify(path)} is not named by a digest`);
  return digest;
}

/** Old dockers link equal layers: `<id>/layer.tar -> ../<other id>/layer.tar`. Resolved among the archive's names only. */
function linkPath({ path, linkTarget = "" }: TarEntry): string {
  const parts = path.split("/").slice(0, -1);
  for (const part of linkTarget.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  return parts.join("/");
}

function sourceOf(
  store: Store,
  what: string,
  found: {
    readonly files: ReadonlyMap<string, Descriptor>;
    readonly links: ReadonlyMap<string, string>;
    readonly texts: ReadonlyMap<string, Buffer>;
  },
): LayoutSource {
  const [layout, index, docker] = ["oci-layout", "index.json", "manifest.json"].map((name) =>
    found.texts.get(name),
  );
  if (layout) checkOciLayout(layout, what);
  if (!docker && !(layout && index))
    throw layersError(
      "ARCHIVE_INVALID",
      `${what} is no archive of images: it has neither manifest.json nor index.json`,
      {
        hint: "give what docker save, tsbuild save or -o type=oci wrote",
      },
    );
  return {
    what,
    listed: layout && index ? parseLayoutIndex(index, what) : undefined,
    docker: docker && parseDockerManifest(docker, what),
    async fetch({ digest, size }) {
      const present = store.blobs.sizeOf(digest);
      if (present === undefined) throw layersError("BLOB_MISSING", `${what} lacks the blob ${digest}`);
      if (present !== size)
        throw layersError("BLOB_CORRUPT", `${digest} in ${what} has ${present} bytes instead of ${size}`);
    },
    fileBlob: (path) => found.files.get(found.links.get(path) ?? path),
  };
}
