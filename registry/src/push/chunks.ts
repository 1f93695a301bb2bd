import type { Connection } from "../connection.ts";
import { discardBody } from "../http/body.ts";
import type { HttpReply } from "../http/exchange.ts";
import { type BlobUpload, contentOf, failure, post, sessionUrl, toSession, uploadUrl } from "./session.ts";

/** Below the limits that proxies in front of registries are known to have, and small enough to be kept in memory. */
const chunkBytes = 8 << 20;

/** distribution-spec "pushing a blob in chunks": for a registry behind something that takes no body of this size. */
export async function putInChunks(connection: Connection, upload: BlobUpload): Promise<void> {
  const { descriptor, signal } = upload;
  const opened = await post(connection, upload, "");
  if (opened.status !== 202) throw await failure(connection, upload, opened);
  await discardBody(opened, signal);
  let last = opened;
  let start = 0;
  for await (const chunk of chunksOf(contentOf(upload))) {
    last = await sendChunk(connection, upload, { url: sessionUrl(last), start, chunk });
    start += chunk.length;
  }
  const url = uploadUrl(last, descriptor.digest);
  const body = { size: 0, open: () => [] };
  const reply = await connection.sendOnce({ ...toSession(upload, url), method: "PUT", body });
  if (reply.status !== 201 && reply.status !== 204) throw await failure(connection, upload, reply);
  await discardBody(reply, signal);
}

interface Chunk {
  readonly url: URL;
  readonly start: number;
  readonly chunk: Uint8Array;
}

async function sendChunk(
  connection: Connection,
  upload: BlobUpload,
  { url, start, chunk }: Chunk,
): Promise<HttpReply> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-range": `${start}-${start + chunk.length - 1}`,
  };
  const body = { size: chunk.length, open: () => [chunk] };
  const reply = await connection.sendOnce({ ...toSession(upload, url), method: "PATCH", headers, body });
  if (reply.status !== 202) throw await failure(connection, upload, reply);
  await discardBody(reply, upload.signal);
  return reply;
}

/** The same bytes in pieces of `chunkBytes`, the last one smaller. */
async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    let rest = piece;
    while (size + rest.length >= chunkBytes) {
      const fitting = rest.subarray(0, chunkBytes - size);
      yield Buffer.concat([...held, fitting]);
      rest = rest.subarray(fitting.length);
      held = [];
      size = 0;
    }
    held.push(Buffer.from(rest));
    size += rest.length;
  }
  if (size > 0) yield Buffer.concat(held);
}
