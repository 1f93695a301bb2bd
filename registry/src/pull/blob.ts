import { type BlobStore, type BlobWriter, type Descriptor, type Lease, TsbuildError } from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { registryError } from "../errors.ts";
import { eachChunk, refuseEncoding } from "../http/body.ts";
import type { HttpReply } from "../http/exchange.ts";
import { connectionError } from "../http/failure.ts";
import { replyError } from "../reply-error.ts";
import { retry } from "../retry.ts";
import { type RateLimitOptions, watchRate } from "./rate.ts";

/** Called while bytes move; `doneBytes` never shrinks within one try. */
export type OnTransfer = (what: Descriptor, doneBytes: number, totalBytes: number) => void;

export interface BlobFetch {
  readonly path: string;
  readonly descriptor: Descriptor;
  readonly blobs: BlobStore;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly onTransfer?: OnTransfer | undefined;
  readonly rate: RateLimitOptions;
}

/** A try that brought this much earns another one, so that a long download survives many short connections. */
const progressBytes = 1024 * 1024;

/**
 * Brings one blob into the store: hashed while it streams, resumed where a connection (or an earlier process) broke off.
 * @throws BLOB_NOT_FOUND, BLOB_MISMATCH, REGISTRY_UNREACHABLE, …
 */
export async function fetchBlob(connection: Connection, fetch: BlobFetch): Promise<void> {
  const { descriptor, blobs, lease } = fetch;
  if (blobs.sizeOf(descriptor.digest) === descriptor.size) {
    lease.add(descriptor.digest);
    return;
  }
  const kept = blobs.resume(descriptor.digest, lease);
  if (kept !== undefined && (await tryResumed(connection, fetch, kept))) return;
  using writer = blobs.resume(descriptor.digest, lease) ?? blobs.writer(lease);
  await download(connection, fetch, writer);
  commit(writer, connection, descriptor);
}

/** False when what an earlier process left turns out to be of no use: then the blob is fetched afresh. */
async function tryResumed(connection: Connection, fetch: BlobFetch, kept: BlobWriter): Promise<boolean> {
  using writer = kept;
  const wasEmpty = writer.size === 0;
  if (writer.size <= fetch.descriptor.size) await download(connection, fetch, writer);
  try {
    commit(writer, connection, fetch.descriptor);
    return true;
  } catch (error) {
    if (wasEmpty || !(error instanceof TsbuildError) || error.code !== "BLOB_MISMATCH") throw error;
    return false;
  }
}

async function download(connection: Connection, fetch: BlobFetch, writer: BlobWriter): Promise<void> {
  const { descriptor, signal } = fetch;
  await retry(connection.policy, signal, async () => {
    for (;;) {
      const before = writer.size;
      if (before >= descriptor.size) return;
      try {
        await transfer(connection, fetch, writer);
      } catch (error) {
        signal.throwIfAborted();
        const isFinal = error instanceof TsbuildError && error.code !== "REGISTRY_UNREACHABLE";
        if (isFinal || writer.size - before < progressBytes) throw error;
      }
    }
  });
}

async function transfer(connection: Connection, fetch: BlobFetch, writer: BlobWriter): Promise<void> {
  const { descriptor, path, signal, onTransfer } = fetch;
  const { digest, size } = descriptor;
  const start = writer.size;
  const reply = await connection.sendOnce({
    method: "GET",
    target: `/v2/${path}/blobs/${digest}`,
    headers: start === 0 ? {} : { range: `bytes=${start}-` },
    scopes: [`repository:${path}:pull`],
    signal,
  });
  refuseEncoding(reply);
  let skip = start - (await startOf(reply, fetch, start, connection.registry.host));
  using watch = watchRate(fetch.rate, (error) => reply.stream.destroy(error));
  await eachChunk(reply, signal, (chunk) => {
    watch.count(chunk.length);
    const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - fresh.length;
    if (writer.size + fresh.length > size) throw tooLong(connection, descriptor);
    writer.write(fresh);
    onTransfer?.(descriptor, writer.size, size);
  });
  // Without a Content-Length the end of the connection is the end of the body, wherever that is.
  if (writer.size < size)
    throw connectionError(Object.assign(new Error("cut"), { code: "ECONNRESET" }), reply.url);
}

/** The offset of the body's first byte: a server need not honour Range (RFC 9110 §14.2). */
async function startOf(reply: HttpReply, fetch: BlobFetch, wanted: number, host: string): Promise<number> {
  const { descriptor, path, signal } = fetch;
  if (reply.status === 200) return 0;
  if (reply.status !== 206)
    throw await replyError(
      reply,
      { host, thing: `${path}@${descriptor.digest}`, missing: "BLOB_NOT_FOUND" },
      signal,
    );
  const start = /^bytes ([0-9]{1,15})-/.exec(reply.headers["content-range"] ?? "")?.[1];
  if (start !== undefined && Number(start) <= wanted) return Number(start);
  throw registryError(
    "REGISTRY_PROTOCOL",
    `${host} was asked for a blob from byte ${wanted} on and sent another part`,
  );
}

function commit(writer: BlobWriter, connection: Connection, descriptor: Descriptor): void {
  const { mediaType, digest, size } = descriptor;
  try {
    writer.commit({ mediaType, digest, size });
  } catch (error) {
    if (!(error instanceof TsbuildError) || error.code !== "BLOB_CORRUPT") throw error;
    throw mismatch(connection, descriptor, "have another digest", error);
  }
}

function tooLong(connection: Connection, descriptor: Descriptor): TsbuildError {
  return mismatch(connection, descriptor, `are more than the ${descriptor.size} that its manifest says`);
}

function mismatch(
  { registry }: Connection,
  { digest }: Descriptor,
  what: string,
  cause?: unknown,
): TsbuildError {
  return registryError("BLOB_MISMATCH", `the bytes that ${registry.host} sent for ${digest} ${what}`, {
    cause,
    hint: "the registry or something in between is broken or hostile",
  });
}
