import { createAuthorizer } from "./auth/authorizer.ts";
import type { CredentialSource } from "./auth/credentials.ts";
import { fetchToken } from "./auth/token.ts";
import { readErrorBody } from "./http/body.ts";
import type { Home, Purpose } from "./http/destination.ts";
import type { HttpReply, Method, RequestBody } from "./http/exchange.ts";
import type { Http, OutgoingRequest } from "./http/http.ts";
import type { Registry } from "./location.ts";
import { isTemporary, temporaryFailure } from "./reply-error.ts";
import { type RetryPolicy, retry } from "./retry.ts";

/** One request to a registry's API. */
export interface RegistryRequest {
  readonly method: Method;
  /** Below the registry's origin, or where an earlier reply said. */
  readonly target: string | { readonly url: URL; readonly purpose: Purpose };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What a token has to allow: `repository:a/b:pull`. */
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
  /** How long to wait for a sign of life; some work is long. */
  readonly idleTimeoutMs?: number;
}

/** The requests of one repository at its registry: authorized, and tried again where that helps. */
export interface Connection {
  readonly registry: Registry;
  /** @throws what cannot be healed; any other status is the caller's. */
  send(request: RegistryRequest): Promise<HttpReply>;
  /** One try, for callers that must begin further up; they retry TemporaryFailure themselves. */
  sendOnce(request: RegistryRequest): Promise<HttpReply>;
  readonly policy: RetryPolicy;
}

export interface ConnectionDeps {
  readonly registry: Registry;
  /** The repository. */
  readonly path: string;
  readonly http: Http;
  readonly credentials: CredentialSource;
  readonly policy: RetryPolicy;
  readonly idleTimeoutMs: number;
  /** Settles how this registry speaks; asked once. */
  readonly home: (signal: AbortSignal) => Promise<Home>;
}

export function createConnection(deps: ConnectionDeps): Connection {
  const { registry, path, http, credentials, policy, idleTimeoutMs } = deps;

  const checked = async (request: OutgoingRequest): Promise<HttpReply> => {
    const reply = await http.request(request);
    if (isTemporary(reply)) throw await temporaryFailure(reply, registry.host, policy.now(), request.signal);
    return reply;
  };

  const authorizer = createAuthorizer({
    host: registry.host,
    now: policy.now,
    credentials: (signal) => credentials.find(registry.domain, path, signal),
    fetchToken: async (wanted, found, signal) =>
      await fetchToken(
        wanted,
        found,
        { home: await deps.home(signal), now: policy.now, request: checked, idleTimeoutMs },
        signal,
      ),
  });

  async function sendOnce(request: RegistryRequest): Promise<HttpReply> {
    const { scopes, signal } = request;
    const home = await deps.home(signal);
    const sent = await authorizer.header(scopes, signal);
    const reply = await checked(outgoing(request, home, sent));
    const header = reply.headers["www-authenticate"];
    if (reply.status !== 401 || header === undefined || reply.url.origin !== home.origin) return reply;
    await readErrorBody(reply, signal);
    const renewed = await authorizer.renew({ header, sent, scopes, signal });
    return await checked(outgoing(request, home, renewed));
  }

  function outgoing(
    request: RegistryRequest,
    home: Home,
    authorization: string | undefined,
  ): OutgoingRequest {
    const { target, headers } = request;
    const { url, purpose } =
      typeof target === "string"
        ? { url: new URL(target, home.origin), purpose: "registry" as const }
        : target;
    // Credentials are for the registry's own origin, wherever it sends us.
    const isOwn = authorization !== undefined && url.origin === home.origin;
    return {
      method: request.method,
      body: request.body,
      signal: request.signal,
      url,
      purpose,
      home,
      headers: isOwn ? { ...headers, authorization } : { ...headers },
      idleTimeoutMs: request.idleTimeoutMs ?? idleTimeoutMs,
    };
  }

  return {
    registry,
    policy,
    sendOnce,
    send: (request) => retry(policy, request.signal, () => sendOnce(request)),
  };
}
