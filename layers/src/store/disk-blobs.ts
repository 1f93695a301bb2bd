import { lstatSync, readdirSync } from "node:fs";
import { type Digest, digestOf, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { isIntact, readBlob, streamBlob } from "./blob-file.ts";
import type { BlobStore, Lease, PutExpectation } from "./blob-store.ts";
import { blobWriter, fillingFile, temporaryFile, tooLarge } from "./blob-writer.ts";
import { readOnlyError } from "./failure.ts";
import { partialFile } from "./partial-blob.ts";
import { blobPath, type Places } from "./places.ts";
import { threadedFile } from "./threaded-file.ts";

/** Writing so much takes longer than starting a thread for it. */
const worthAThread = 32 << 20;

export interface BlobContext {
  readonly places: Places;
  readonly readOnly: boolean;
  /** A fresh path under tmp/ that belongs to this process. */
  readonly temporaryPath: (label: string) => string;
}

/** The blobs of one store directory. */
export function createDiskBlobs({ places, readOnly, temporaryPath }: BlobContext): BlobStore {
  const writer: BlobStore["writer"] = (lease, { expectedBytes } = { expectedBytes: 0 }) => {
    if (readOnly) throw readOnlyError(places.root);
    const file = temporaryFile(places, temporaryPath("blob"));
    return blobWriter(places, expectedBytes < worthAThread ? fillingFile(file) : threadedFile(file), lease);
  };
  return {
    writer,
    async put(source, expect, lease) {
      if (source instanceof Uint8Array && isPresent(places, source, expect, lease))
        return { mediaType: expect.mediaType, digest: digestOf(source), size: source.length };
      using target = writer(lease);
      const chunks = source instanceof Uint8Array ? [source] : source;
      for await (const chunk of chunks) {
        refuseExcess(target.size + chunk.length, expect);
        target.write(chunk);
      }
      return target.commit(expect);
    },
    read: (digest, maxBytes) => readBlob(places, digest, maxBytes),
    stream: (digest) => streamBlob(places, digest),
    pathOf: (digest) => (sizeOfBlob(places, digest) === undefined ? undefined : blobPath(places, digest)),
    sizeOf: (digest) => sizeOfBlob(places, digest),
    list: () => listBlobs(places),
    resume(digest, lease) {
      if (readOnly) throw readOnlyError(places.root);
      const file = partialFile(places, digest);
      return file && blobWriter(places, file, lease);
    },
  };
}

/** Bytes at hand that the store has already need no file: the usual case of a cached build. */
function isPresent(places: Places, bytes: Uint8Array, expect: PutExpectation, lease: Lease): boolean {
  const digest = digestOf(bytes);
  const isExpected =
    (expect.digest ?? digest) === digest &&
    (expect.size ?? bytes.length) === bytes.length &&
    (expect.maxBytes ?? bytes.length) >= bytes.length;
  if (!isExpected || sizeOfBlob(places, digest) !== bytes.length) return false;
  lease.add(digest);
  return isIntact(places, digest);
}

/** Stops a source as soon as it gives more than it may, before the bytes reach the disk. */
function refuseExcess(size: number, expect: PutExpectation): void {
  const what = expect.digest ?? "the blob";
  if (expect.maxBytes !== undefined && size > expect.maxBytes) throw tooLarge(what, expect.maxBytes);
  if (expect.size !== undefined && size > expect.size)
    throw layersError("BLOB_CORRUPT", `${what} has more than the ${expect.size} bytes expected`);
}

function sizeOfBlob(places: Places, digest: Digest): number | undefined {
  const stat = lstatSync(blobPath(places, digest), { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

/** The blobs of a store, one by one. */
export function* listBlobs(places: Places): Generator<{ readonly digest: Digest; readonly size: number }> {
  for (const name of readdirSync(places.blobs)) {
    const digest = `sha256:${name}`;
    if (!isDigest(digest)) continue;
    const size = sizeOfBlob(places, digest);
    if (size !== undefined) yield { digest, size };
  }
}
