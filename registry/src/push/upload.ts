import type { BlobStore, Descriptor } from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { registryError } from "../errors.ts";
import { discardBody } from "../http/body.ts";
import type { HttpReply } from "../http/exchange.ts";
import { redactUrl } from "../http/redact.ts";
import type { OnTransfer } from "../pull/blob.ts";
import { replyError } from "../reply-error.ts";
import { retry } from "../retry.ts";

export interface BlobUpload {
  /** The repository that gets the blob. */
  readonly path: string;
  readonly descriptor: Descriptor;
  readonly blobs: BlobStore;
  /** Repositories of the same registry that probably have it. */
  readonly mountFrom: readonly string[];
  readonly signal: AbortSignal;
  readonly onTransfer?: OnTransfer | undefined;
}

/** Storage behind a registry may take minutes to settle a large blob after its last byte. */
const settleTimeoutMs = 300_000;

/**
 * Puts one blob into a repository: nothing when it is there, a mount when another repository has it, else one stream.
 * Repeating it after any interruption is safe. @throws REGISTRY_DENIED, BLOB_MISMATCH, …
 */
export async function uploadBlob(connection: Connection, upload: BlobUpload): Promise<void> {
  const { descriptor, onTransfer } = upload;
  // A broken upload starts over with a new session: what the old one has is not known.
  await retry(connection.policy, upload.signal, async () => {
    if (!(await isThere(connection, upload))) await transfer(connection, upload);
  });
  onTransfer?.(descriptor, descriptor.size, descriptor.size);
}

function scopesOf({ path, mountFrom }: BlobUpload): string[] {
  const sources = mountFrom.filter((one) => one !== path).map((one) => `repository:${one}:pull`);
  return [`repository:${path}:pull,push`, ...sources];
}

async function isThere(connection: Connection, upload: BlobUpload): Promise<boolean> {
  const { path, descriptor, signal } = upload;
  const target = `/v2/${path}/blobs/${descriptor.digest}`;
  const reply = await connection.sendOnce({ method: "HEAD", target, scopes: scopesOf(upload), signal });
  await discardBody(reply, signal);
  if (reply.status === 200) return true;
  if (reply.status === 404) return false;
  throw await failure(connection, upload, reply);
}

async function transfer(connection: Connection, upload: BlobUpload): Promise<void> {
  const session = (await mount(connection, upload)) ?? (await begin(connection, upload));
  if (session !== "mounted") await put(connection, upload, session);
}

/** Where the bytes go. */
type Session = URL | "mounted";

/**
 * distribution-spec "mounting a blob from another repository". A registry that does not want to opens a session
 * instead; one that refuses (we may not read there) is asked for a session of its own.
 */
async function mount(connection: Connection, upload: BlobUpload): Promise<Session | undefined> {
  const { descriptor, signal } = upload;
  const from = upload.mountFrom.find((one) => one !== upload.path);
  if (from === undefined) return undefined;
  const query = new URLSearchParams({ mount: descriptor.digest, from }).toString();
  const reply = await post(connection, upload, `?${query}`);
  await discardBody(reply, signal);
  if (reply.status === 201) return "mounted";
  return reply.status === 202 ? uploadUrl(reply, descriptor.digest) : undefined;
}

async function begin(connection: Connection, upload: BlobUpload): Promise<Session> {
  const reply = await post(connection, upload, "");
  if (reply.status !== 202) throw await failure(connection, upload, reply);
  await discardBody(reply, upload.signal);
  return uploadUrl(reply, upload.descriptor.digest);
}

function post(connection: Connection, upload: BlobUpload, query: string): Promise<HttpReply> {
  const target = `/v2/${upload.path}/blobs/uploads/${query}`;
  return connection.sendOnce({ method: "POST", target, scopes: scopesOf(upload), signal: upload.signal });
}

/**
 * The session's Location with our digest added; what stands in it is opaque and stays byte for byte.
 * @throws REGISTRY_PROTOCOL when there is none
 */
export function uploadUrl({ headers, url: asked }: Pick<HttpReply, "headers" | "url">, digest: string): URL {
  const url = headers.location === undefined ? null : URL.parse(headers.location, asked.href);
  if (url === null)
    throw registryError("REGISTRY_PROTOCOL", `${redactUrl(asked)} opened an upload without saying where`);
  url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

async function put(connection: Connection, upload: BlobUpload, url: URL): Promise<void> {
  const { descriptor, blobs, signal } = upload;
  const reply = await connection.sendOnce({
    method: "PUT",
    target: { url, purpose: "upload" },
    headers: { "content-type": "application/octet-stream" },
    body: { size: descriptor.size, open: () => counted(blobs.stream(descriptor.digest), upload) },
    scopes: scopesOf(upload),
    signal,
    idleTimeoutMs: settleTimeoutMs,
  });
  if (reply.status !== 201 && reply.status !== 204) throw await failure(connection, upload, reply);
  await discardBody(reply, signal);
}

async function* counted(source: AsyncIterable<Uint8Array>, upload: BlobUpload): AsyncIterable<Uint8Array> {
  const { descriptor, onTransfer } = upload;
  let done = 0;
  for await (const chunk of source) {
    yield chunk;
    done += chunk.length;
    onTransfer?.(descriptor, done, descriptor.size);
  }
}

async function failure(
  connection: Connection,
  { path, descriptor, signal }: BlobUpload,
  reply: HttpReply,
): Promise<Error> {
  const thing = `${path}@${descriptor.digest}`;
  const { host } = connection.registry;
  return await replyError(reply, { host, thing, missing: "BLOB_NOT_FOUND" }, signal);
}
