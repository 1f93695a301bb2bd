import { closeSync, createReadStream, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  type ArchiveEntry,
  type Compression,
  createHasher,
  decompress,
  type Digest,
  detectCompression,
  detectionBytes,
  type Hasher,
  type OpenContent,
  parseTarFile,
  readContent,
  type Store,
  type TreeView,
} from "@tsbuild/layers";
import { type TreePath, TsbuildError } from "@tsbuild/runner-native";

/** An archive that ADD unpacks; its entries can be read as long as it is not disposed. */
export interface OpenArchive extends Disposable {
  readonly entries: readonly ArchiveEntry[];
  /** Of the file as it was read. */
  readonly digest: Digest;
}

/** A few megabytes may stand for a whole disk. */
const maxArchiveBytes = 64 * 2 ** 30;

/**
 * Opens a file as an archive when its content says that it is one, compressed or not, whatever it is called; undefined otherwise.
 * The bytes are copied first: a file of the context may change while it is unpacked.
 * @throws TAR_INVALID, TAR_ESCAPES, COMPRESSION_CORRUPT, COMPRESSION_MEMORY, COMPRESSION_UNKNOWN when the machine lacks the program for it
 */
export async function openArchive(
  view: TreeView,
  path: TreePath,
  store: Store,
): Promise<OpenArchive | undefined> {
  const content = view.content(path);
  try {
    const kind = detectCompression(headOf(content));
    if (kind === "plain") return undefined;
    return await spoolArchive(chunksOf(content), kind, store);
  } finally {
    content.close();
  }
}

/** A stream that begins like this kind, as an archive; undefined when what is compressed is no tar. */
export async function spoolArchive(
  source: AsyncIterable<Uint8Array>,
  kind: Exclude<Compression, "plain">,
  store: Pick<Store, "temporaryDirectory">,
): Promise<OpenArchive | undefined> {
  const hasher = createHasher();
  const bytes = decompress(hashed(source, hasher), kind, { maxBytes: maxArchiveBytes });
  const file = join(store.temporaryDirectory("archive"), "tar");
  return (await spool(bytes, file)) ? openSpooled(file, hasher.digest()) : undefined;
}

async function* hashed(source: AsyncIterable<Uint8Array>, hasher: Hasher): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hasher.update(chunk);
    yield chunk;
  }
}

function headOf(content: OpenContent): Buffer {
  const head: Buffer[] = [];
  readContent({ ...content, size: Math.min(content.size, detectionBytes) }, (slice) =>
    head.push(Buffer.from(slice)),
  );
  return Buffer.concat(head);
}

async function* chunksOf(content: OpenContent): AsyncGenerator<Uint8Array> {
  const range = { start: content.offset, end: content.offset + content.size - 1, autoClose: false };
  for await (const chunk of createReadStream("", { fd: content.fd, highWaterMark: 1 << 20, ...range }))
    yield chunk as Buffer;
}

/** Writes a stream to a file; false, and no file, when it turns out to be no tar. */
async function spool(source: AsyncIterable<Uint8Array>, file: string): Promise<boolean> {
  const fd = openSync(file, "wx", 0o600);
  let isTar: boolean | undefined;
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of source) {
      if (isTar === undefined) {
        head = Buffer.concat([head, chunk.subarray(0, detectionBytes)]);
        if (head.length >= detectionBytes) isTar = detectCompression(head) === "tar";
        if (isTar === false) break;
      }
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    }
  } catch (error) {
    // What only begins like something compressed is an ordinary file.
    const isOrdinary = !isTar && error instanceof TsbuildError && error.code === "COMPRESSION_CORRUPT";
    isTar = false;
    if (!isOrdinary) throw error;
  } finally {
    closeSync(fd);
    if (!isTar) rmSync(file);
  }
  return isTar === true;
}

function openSpooled(file: string, digest: Digest): OpenArchive {
  using opened = new DisposableStack();
  opened.defer(() => rmSync(file));
  const fd = openSync(file, "r");
  opened.defer(() => closeSync(fd));
  const entries: ArchiveEntry[] = [];
  parseTarFile(fd, {
    entry: (entry, offset) =>
      void entries.push({ entry, content: entry.size > 0 ? { kind: "range", fd, offset } : undefined }),
    data: () => undefined,
    end: () => undefined,
  });
  const kept = opened.move();
  return { entries, digest, [Symbol.dispose]: () => kept.dispose() };
}
