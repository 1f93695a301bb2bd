import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import type { Route } from "./agents.ts";
import { connectionError, connectTimeout } from "./failure.ts";
import { proxyHeaders } from "./tunnel.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH";

/** A body that can be sent again from its start. */
export interface RequestBody {
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal: AbortSignal;
  /** How long the other side may be silent. */
  readonly idleTimeoutMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the reply came from, after redirects. */
  readonly url: URL;
  readonly stream: IncomingMessage;
}

/** More than any registry sends; Node's own default is 16 KiB. */
const maxHeaderBytes = 64 * 1024;
const connectTimeoutMs = 10_000;

/** One request, one reply; no redirect, no retry. @throws REGISTRY_UNREACHABLE, TLS_FAILED, ADDRESS_REFUSED, the signal's reason */
export async function exchange(request: HttpRequest, route: Route): Promise<HttpReply> {
  const { url, signal } = request;
  signal.throwIfAborted();
  const sent = start(request, route);
  try {
    const reply = await send(sent, request);
    return { status: reply.statusCode ?? 0, headers: reply.headers, url, stream: reply };
  } catch (error) {
    sent.destroy();
    signal.throwIfAborted();
    throw error instanceof SourceFailure ? error.cause : connectionError(error, url);
  }
}

function start(request: HttpRequest, { agent, proxy }: Route): ClientRequest {
  const { url, method, body, signal, idleTimeoutMs } = request;
  const client = process.getBuiltinModule((proxy ?? url).protocol === "https:" ? "node:https" : "node:http");
  const length = body === undefined ? (method === "POST" ? 0 : undefined) : body.size;
  const options: RequestOptions = {
    method,
    agent,
    signal,
    timeout: idleTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    headers: {
      host: url.host,
      // A digest is of the bytes as they are: nobody may compress them on the way.
      "accept-encoding": "identity",
      "user-agent": "tsbuild/0.1",
      ...request.headers,
      ...(length === undefined ? {} : { "content-length": String(length) }),
      ...(proxy === undefined ? {} : proxyHeaders(proxy)),
    },
  };
  return proxy === undefined
    ? client.request(url, options)
    : client.request({ ...options, host: proxy.hostname, port: proxy.port, path: url.href });
}

async function send(sent: ClientRequest, { body, idleTimeoutMs }: HttpRequest): Promise<IncomingMessage> {
  const reply = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    // Stays for the life of the request: what breaks after the reply is reported on the reply's stream.
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(silence(idleTimeoutMs, "ETIMEDOUT")));
    limitConnecting(sent, Math.min(idleTimeoutMs, connectTimeoutMs));
  });
  if (body === undefined) sent.end();
  else await Promise.all([reply, pump(sent, body, reply)]);
  return await reply;
}

/** Sends the body; a reply that comes before its end is the answer, and the connection is not used again. */
async function pump(sent: ClientRequest, body: RequestBody, reply: Promise<unknown>): Promise<void> {
  let isAnswered = false;
  const settle = (): void => void (isAnswered = true);
  const answered = reply.then(settle, settle);
  for await (const chunk of sourceOf(body)) {
    if (!isAnswered && !sent.write(chunk)) await Promise.race([answered, drained(sent)]);
    if (isAnswered) {
      sent.shouldKeepAlive = false;
      return;
    }
  }
  sent.end();
}

/** Marks what fails on our side, so that it is not taken for a broken connection. */
async function* sourceOf(body: RequestBody): AsyncIterable<Uint8Array> {
  try {
    yield* body.open();
  } catch (cause) {
    throw new SourceFailure(undefined, { cause });
  }
}

class SourceFailure extends Error {}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => sent.once("drain", resolve));
}

/** A host that does not even take the connection is told apart from one that thinks: waiting helps less. */
function limitConnecting(sent: ClientRequest, milliseconds: number): void {
  sent.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => sent.destroy(silence(milliseconds, connectTimeout)), milliseconds);
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
  });
}

function silence(milliseconds: number, code: string): Error {
  return Object.assign(new Error(`nothing for ${milliseconds / 1000} s`), { code });
}
