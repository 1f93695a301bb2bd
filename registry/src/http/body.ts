import { registryError } from "../errors.ts";
import type { HttpReply } from "./exchange.ts";
import { connectionError } from "./failure.ts";
import { redactUrl } from "./redact.ts";

/** What is read of a reply that only explains an error. */
export const errorBodyBytes: number = 64 * 1024;

/** The whole body. @throws REGISTRY_PROTOCOL when it is longer than `maxBytes` or encoded */
export async function readBody(reply: HttpReply, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  refuseEncoding(reply);
  const chunks: Buffer[] = [];
  let size = 0;
  await eachChunk(reply, signal, (chunk) => {
    size += chunk.length;
    if (size > maxBytes)
      throw registryError(
        "REGISTRY_PROTOCOL",
        `the reply from ${redactUrl(reply.url)} is longer than ${maxBytes} bytes`,
      );
    chunks.push(chunk);
  });
  return Buffer.concat(chunks, size);
}

/** The start of a body that explains an error; what cannot be read is not there. */
export async function readErrorBody(reply: HttpReply, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await eachChunk(reply, signal, (chunk) => {
      chunks.push(chunk.subarray(0, errorBodyBytes - size));
      size += chunk.length;
      if (size >= errorBodyBytes) throw new Error("enough");
    });
  } catch {
    // The status says what matters; a body that is too long or breaks off only explains less.
    signal.throwIfAborted();
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Lets the connection go back to its pool. */
export async function discardBody(reply: HttpReply, signal: AbortSignal): Promise<void> {
  await readErrorBody(reply, signal);
}

/** Calls back for each chunk, at once and synchronously; a throw ends the connection. */
export function eachChunk(
  reply: HttpReply,
  signal: AbortSignal,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const { stream, url } = reply;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      stream.destroy();
      reject(signal.aborted ? (signal.reason as Error) : connectionError(error, url));
    };
    // Whoever cancelled or broke it may have done so before we came to listen.
    if (stream.readableEnded) return resolve();
    if (stream.destroyed) return fail(cutOff());
    stream.on("data", (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        stream.removeAllListeners("data");
        fail(error);
      }
    });
    stream.once("end", resolve);
    stream.on("error", fail);
    stream.once("close", () => fail(cutOff()));
  });
}

function cutOff(): Error {
  return Object.assign(new Error("the connection broke"), { code: "ECONNRESET" });
}

/** Node would hand an encoded body over as it is, and its digest would be of other bytes. */
export function refuseEncoding({ headers, url }: HttpReply): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "" || encoding.toLowerCase() === "identity") return;
  throw registryError(
    "REGISTRY_PROTOCOL",
    `${redactUrl(url)} sent its reply encoded as ${JSON.stringify(encoding.slice(0, 40))}, though asked not to`,
    { hint: "a proxy in between may compress replies; it must not" },
  );
}
