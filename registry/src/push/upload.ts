import type { Connection } from "../connection.ts";
import { discardBody } from "../http/body.ts";
import { retry } from "../retry.ts";
import { putInChunks } from "./chunks.ts";
import { type BlobUpload, contentOf, failure, post, scopesOf, toSession, uploadUrl } from "./session.ts";

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

async function put(connection: Connection, upload: BlobUpload, url: URL): Promise<void> {
  const { descriptor, signal } = upload;
  const reply = await connection.sendOnce({
    ...toSession(upload, url),
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: { size: descriptor.size, open: () => contentOf(upload) },
  });
  if (reply.status === 413) {
    await discardBody(reply, signal);
    return putInChunks(connection, upload);
  }
  if (reply.status !== 201 && reply.status !== 204) throw await failure(connection, upload, reply);
  await discardBody(reply, signal);
}
