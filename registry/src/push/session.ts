import type { BlobStore, Descriptor } from "@tsbuild/layers";
import type { Connection, RegistryRequest } from "../connection.ts";
import { registryError } from "../errors.ts";
import type { HttpReply } from "../http/exchange.ts";
import { redactUrl } from "../http/redact.ts";
import type { OnTransfer } from "../pull/blob.ts";
import { replyError } from "../reply-error.ts";

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

export function scopesOf({ path, mountFrom }: BlobUpload): string[] {
  const sources = mountFrom.filter((one) => one !== path).map((one) => `repository:${one}:pull`);
  return [`repository:${path}:pull,push`, ...sources];
}

/** Asks for an upload session, or for a mount. */
export function post(connection: Connection, upload: BlobUpload, query: string): Promise<HttpReply> {
  const target = `/v2/${upload.path}/blobs/uploads/${query}`;
  return connection.sendOnce({ method: "POST", target, scopes: scopesOf(upload), signal: upload.signal });
}

/**
 * The session's Location with our digest added; what stands in it is opaque and stays byte for byte.
 * @throws REGISTRY_PROTOCOL when there is none
 */
export function uploadUrl(reply: Pick<HttpReply, "headers" | "url">, digest: string): URL {
  const url = sessionUrl(reply);
  url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** Where the next request of a session goes. @throws REGISTRY_PROTOCOL when the reply does not say */
export function sessionUrl({ headers, url: asked }: Pick<HttpReply, "headers" | "url">): URL {
  const url = headers.location === undefined ? null : URL.parse(headers.location, asked.href);
  if (url !== null) return url;
  throw registryError("REGISTRY_PROTOCOL", `${redactUrl(asked)} opened an upload without saying where`);
}

/** What every request of a session has. */
export function toSession(
  upload: BlobUpload,
  url: URL,
): Pick<RegistryRequest, "target" | "scopes" | "signal" | "idleTimeoutMs"> {
  return {
    target: { url, purpose: "upload" },
    scopes: scopesOf(upload),
    signal: upload.signal,
    idleTimeoutMs: settleTimeoutMs,
  };
}

/** The bytes of a blob as they go out, told to whoever watches. */
export async function* contentOf(upload: BlobUpload): AsyncIterable<Uint8Array> {
  const { descriptor, blobs, onTransfer } = upload;
  let done = 0;
  for await (const chunk of blobs.stream(descriptor.digest)) {
    yield chunk;
    done += chunk.length;
    onTransfer?.(descriptor, done, descriptor.size);
  }
}

/** The error that a reply stands for. */
export async function failure(
  connection: Connection,
  { path, descriptor, signal }: BlobUpload,
  reply: HttpReply,
): Promise<Error> {
  const thing = `${path}@${descriptor.digest}`;
  const { host } = connection.registry;
  return await replyError(reply, { host, thing, missing: "BLOB_NOT_FOUND" }, signal);
}
