import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createApi, routeOf } from "./api.ts";
import { type Content, createContent } from "./content.ts";
import { createFaultSchedule, type Fault, type FaultSchedule } from "./faults.ts";
import { createGate, type Gate, type GateOptions } from "./gate.ts";
import { altered, deliver, errorReply, jsonReply, type Reply } from "./reply.ts";

/** A request as it arrived, for what a test wants to say about the client. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage["headers"];
}

export interface FakeRegistryOptions extends Partial<GateOptions> {
  /** A key and a certificate, PEM; plain HTTP without. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A registry in this process that speaks the real protocol and fails as told. */
export interface FakeRegistry extends AsyncDisposable, Pick<FaultSchedule, "inject" | "rain"> {
  /** What stands before the first slash of a reference: `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
  readonly content: Content;
  readonly seen: SeenRequest[];
  /** Makes every token that was issued invalid. */
  revokeTokens(): void;
  stop(): Promise<void>;
}

export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const content = createContent();
  const api = createApi(content);
  const schedule = createFaultSchedule();
  const seen: SeenRequest[] = [];
  let host = "";
  const scheme = options.tls === undefined ? "http" : "https";
  const gate = createGate({ ...gateDefaults, ...options }, () => `${scheme}://${host}/token`);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `${scheme}://${host}`);
    const method = request.method ?? "GET";
    seen.push({ method, path: url.pathname, query: url.search, headers: request.headers });
    const fault = schedule.next(method, url.pathname);
    const limit = fault?.kind === "status" || fault?.kind === "reset" ? fault.afterRequestBytes : undefined;
    const body = await readRequest(request, limit);
    // What was replaced or cut off did not happen; a reply that is lost did.
    const hasHappened = fault?.kind !== "status" && limit === undefined;
    const reply = hasHappened ? replyTo({ method, url, request, body, fault }) : errorReply(500, "UNKNOWN");
    // As servers do that answer before they have read everything: nothing else comes over this connection.
    if (limit !== undefined) response.setHeader("connection", "close");
    await deliver(request, response, altered(reply, fault), fault);
    request.resume();
  }

  function replyTo({ method, url, request, body, fault }: Arrived): Reply {
    if (url.pathname === "/token") return tokenReply(gate, request, url, body);
    const route = routeOf(url.pathname);
    if (route === undefined) return errorReply(404, "UNSUPPORTED");
    const action = method === "GET" || method === "HEAD" ? "pull" : "push";
    const challenge = gate.check(request, route.repository, action);
    if (challenge !== undefined) return errorReply(401, "UNAUTHORIZED", { "www-authenticate": challenge });
    const { headers } = request;
    return api.handle(route, { method, url, headers, body, ignoresRange: fault?.kind === "whole" });
  }

  const server = listen(options, (request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return {
    host,
    url: `${scheme}://${host}`,
    content,
    seen,
    inject: (rule) => schedule.inject(rule),
    rain: (chaos) => schedule.rain(chaos),
    revokeTokens: () => gate.revoke(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Arrived {
  readonly method: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly fault: Fault | undefined;
}

const gateDefaults: GateOptions = {
  auth: "none",
  username: "ada",
  password: "secret-password",
  anonymous: "pull",
  tokenLifetimeSeconds: 300,
  realm: undefined,
  refreshToken: "refresh-me",
  now: () => Date.now(),
};

function listen({ tls }: FakeRegistryOptions, listener: RequestListener): Server {
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  return server.listen(0, "127.0.0.1");
}

/** The body, or its first bytes when the fault strikes in the middle. */
async function readRequest(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (limit === 0) return Buffer.alloc(0);
  // Not iterated: leaving an iteration would destroy the connection that the fault still needs.
  await new Promise<void>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) {
        request.pause();
        resolve();
      }
    });
    request.once("end", resolve);
    request.once("error", reject);
  });
  return Buffer.concat(chunks);
}

function tokenReply(gate: Gate, request: IncomingMessage, url: URL, body: Buffer): Reply {
  const form = request.method === "POST" ? new URLSearchParams(body.toString()) : url.searchParams;
  const issued = gate.issue(request.headers.authorization, form);
  if (issued === undefined) return errorReply(401, "UNAUTHORIZED");
  const { token, lifetimeSeconds } = issued;
  return jsonReply(200, { token, access_token: token, expires_in: lifetimeSeconds });
}
