import type { BlobStore, Descriptor, Lease } from "@tsbuild/layers";
import type { ClientOptions } from "../client-options.ts";
import { registryError } from "../errors.ts";
import { createAgents, type Agents } from "../http/agents.ts";
import { readAuthority } from "../http/authority.ts";
import { discardBody, eachChunk, readErrorBody, refuseEncoding } from "../http/body.ts";
import { exchange, type HttpReply, type HttpRequest } from "../http/exchange.ts";
import { redirected, redirectTarget } from "../http/http.ts";
import { redactUrl } from "../http/redact.ts";
import { defaultRate, type RateLimitOptions, watchRate } from "../pull/rate.ts";
import { isTemporary } from "../reply-error.ts";
import {
  defaultAttempts,
  parseRetryAfter,
  retry,
  type RetryPolicy,
  sleep,
  TemporaryFailure,
} from "../retry.ts";

/** What a client for files of the web is given. */
export type DownloadClientOptions = ClientOptions;

export interface DownloadRequest {
  /** The validator of what is known already: a server may answer that it still holds. */
  readonly etag?: string | undefined;
  /** Sent to the URL's own origin only. */
  readonly authorization?: string | undefined;
  readonly blobs: BlobStore;
  readonly lease: Lease;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
}

/** What came of a download: nothing new (304), or a blob with the headers that describe it. */
export type Downloaded =
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "fetched";
      readonly blob: Descriptor;
      readonly etag: string | undefined;
      readonly lastModified: string | undefined;
    };

/** Brings files of the web into a blob store. */
export interface DownloadClient extends Disposable {
  /**
   * GET with redirects and retries. Any address may be asked for: whoever writes the URL could as well fetch it in a RUN.
   * @throws DOWNLOAD_FAILED, REGISTRY_UNREACHABLE, REGISTRY_PROTOCOL, REDIRECT_REFUSED, TLS_FAILED
   */
  fetch(url: string, request: DownloadRequest): Promise<Downloaded>;
}

const defaultIdleTimeoutMs = 30_000;
/** What Go's client, and so BuildKit, follows. */
const maxRedirects = 10;

/** Nothing is opened or read before the first request. */
export function createDownloadClient(options: DownloadClientOptions): DownloadClient {
  const { now, random, attempts = defaultAttempts, sleep: pause = sleep, onRetry = () => {} } = options;
  const policy: RetryPolicy = { now, random, attempts, sleep: pause, onRetry };
  let agents: Agents | undefined;
  return {
    async fetch(text, request) {
      agents ??= openAgents(options);
      const transfer: Transfer = {
        ...request,
        agents,
        policy,
        rate: options.minimumRate ?? defaultRate,
        idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
      };
      const target = targetOf(text, request.authorization);
      return await retry(policy, request.signal, () => fetchOnce(target, transfer));
    },
    [Symbol.dispose]: () => agents?.[Symbol.dispose](),
  };
}

function openAgents({ proxies, caFiles = [], resolver }: DownloadClientOptions): Agents {
  return createAgents({ ...proxies, authorities: caFiles.map(readAuthority), resolver });
}

interface Target {
  readonly url: URL;
  readonly authorization: string | undefined;
}

/** A user and password in the URL become a header, so that the URL can be shown and does not cross origins with them. */
function targetOf(text: string, authorization: string | undefined): Target {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw registryError("DOWNLOAD_FAILED", "this is no http or https URL", { hint: "check its spelling" });
  const { username, password } = url;
  [url.username, url.password, url.hash] = ["", "", ""];
  if (authorization !== undefined || username === "") return { url, authorization };
  const user = `${unescaped(username)}:${unescaped(password)}`;
  return { url, authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: it is meant as it is written.
    return text;
  }
}

interface Transfer extends DownloadRequest {
  readonly agents: Agents;
  readonly policy: RetryPolicy;
  readonly rate: RateLimitOptions;
  readonly idleTimeoutMs: number;
}

async function fetchOnce({ url, authorization }: Target, transfer: Transfer): Promise<Downloaded> {
  const { etag, signal, idleTimeoutMs } = transfer;
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(etag !== undefined && { "if-none-match": etag }),
  };
  const reply = await follow({ method: "GET", url, headers, signal, idleTimeoutMs }, transfer.agents);
  if (reply.status === 304 && etag !== undefined) {
    await discardBody(reply, signal);
    return { kind: "unchanged" };
  }
  if (reply.status !== 200) throw await statusError(url, reply, transfer);
  return receive(reply, transfer);
}

async function follow(first: HttpRequest, agents: Agents): Promise<HttpReply> {
  let request = first;
  for (let hops = 0; ; hops += 1) {
    const { protocol } = request.url;
    if (protocol !== "http:" && protocol !== "https:")
      throw registryError(
        "REDIRECT_REFUSED",
        `${redactUrl(first.url)} redirects to ${protocol}, which is neither http nor https`,
      );
    const reply = await exchange(request, agents.route(request.url, "named", "certificate"));
    const target = redirectTarget(request, reply);
    if (target === undefined) return reply;
    if (hops === maxRedirects)
      throw registryError(
        "REDIRECT_REFUSED",
        `${redactUrl(first.url)} redirects more than ${maxRedirects} times`,
      );
    await discardBody(reply, request.signal);
    [target.username, target.password] = ["", ""];
    request = redirected(request, target);
  }
}

async function receive(reply: HttpReply, transfer: Transfer): Promise<Downloaded> {
  const { blobs, lease, maxBytes, signal, rate, onProgress } = transfer;
  refuseEncoding(reply);
  const { etag, "last-modified": lastModified } = reply.headers;
  const length = reply.headers["content-length"];
  const total = length === undefined ? undefined : Number(length);
  using writer = blobs.writer(lease);
  using watch = watchRate(rate, (error) => reply.stream.destroy(error));
  await eachChunk(reply, signal, (chunk) => {
    watch.count(chunk.length);
    if (writer.size + chunk.length > maxBytes)
      throw registryError("DOWNLOAD_FAILED", `${redactUrl(reply.url)} is longer than ${maxBytes} bytes`);
    writer.write(chunk);
    onProgress?.(writer.size, total);
  });
  return { kind: "fetched", blob: writer.commit({ mediaType }), etag, lastModified };
}

const mediaType = "application/octet-stream";

async function statusError(url: URL, reply: HttpReply, { policy, signal }: Transfer): Promise<Error> {
  const { status, headers } = reply;
  await readErrorBody(reply, signal);
  const error = registryError("DOWNLOAD_FAILED", `invalid response status ${status} from ${redactUrl(url)}`, {
    hint: status === 404 ? "is the URL spelled right?" : hintFor(status),
  });
  if (!isTemporary(reply)) return error;
  const asked = headers["retry-after"];
  return new TemporaryFailure(
    error,
    (asked && parseRetryAfter(asked, headers.date, policy.now())) || undefined,
  );
}

function hintFor(status: number): string {
  return status === 401 || status === 403
    ? "a token can be given with --secret id=HTTP_AUTH_TOKEN_<host>"
    : "the server has a problem of its own; try again later";
}
