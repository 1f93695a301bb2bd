import { registryError } from "../errors.ts";
import { readBody, readErrorBody } from "../http/body.ts";
import type { Home } from "../http/destination.ts";
import type { HttpReply, RequestBody } from "../http/exchange.ts";
import type { OutgoingRequest } from "../http/http.ts";
import { redactUrl } from "../http/redact.ts";
import { basicHeader, type Credentials } from "./credentials.ts";
import { Secret } from "./secret.ts";

/** What a Bearer challenge asks for, and what we want to do. */
export interface TokenRequest {
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

export interface Token {
  readonly value: Secret;
  /** On the client's clock. */
  readonly expiresMs: number;
}

export interface TokenDeps {
  readonly home: Home;
  readonly now: () => number;
  readonly request: (request: OutgoingRequest) => Promise<HttpReply>;
  readonly idleTimeoutMs: number;
}

const maxTokenReplyBytes = 256 * 1024;
/** distribution "token" specification: what a reply without expires_in means. */
const defaultLifetimeSeconds = 60;
const clientId = "tsbuild";

/** Fetches one token (distribution specification, "token authentication"). @throws REGISTRY_UNAUTHORIZED, ADDRESS_REFUSED */
export async function fetchToken(
  wanted: TokenRequest,
  credentials: Credentials,
  deps: TokenDeps,
  signal: AbortSignal,
): Promise<Token> {
  const realm = URL.parse(wanted.realm);
  if (realm === null)
    throw registryError(
      "REGISTRY_PROTOCOL",
      `${deps.home.origin} names ${JSON.stringify(wanted.realm.slice(0, 200))} for tokens, which is no URL`,
    );
  const asked =
    credentials.kind === "refresh-token" ? post(wanted, credentials.token) : get(wanted, credentials);
  for (const [name, value] of asked.query) realm.searchParams.append(name, value);
  const { home, idleTimeoutMs } = deps;
  const { method, headers, body } = asked;
  const request = {
    method,
    url: realm,
    headers,
    body,
    home,
    purpose: "token",
    signal,
    idleTimeoutMs,
  } as const;
  const reply = await deps.request(request);
  if (reply.status !== 200) throw await refused(reply, home, credentials, signal);
  return readToken(await readBody(reply, maxTokenReplyBytes, signal), realm, deps.now());
}

interface Asked {
  readonly method: "GET" | "POST";
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
}

function get({ service, scopes }: TokenRequest, credentials: Credentials): Asked {
  const isKnown = credentials.kind === "password";
  return {
    method: "GET",
    query: [
      ...(service === undefined ? [] : [["service", service] as const]),
      ...(isKnown ? [["account", credentials.username] as const] : []),
      ...scopes.map((scope) => ["scope", scope] as const),
    ],
    headers: isKnown ? { authorization: basicHeader(credentials.username, credentials.password) } : {},
    body: undefined,
  };
}

/** OAuth2 with a refresh token (distribution specification, "oauth2"). */
function post({ service, scopes }: TokenRequest, refreshToken: Secret): Asked {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refreshToken.reveal(),
    client_id: clientId,
    ...(service === undefined ? {} : { service }),
    scope: scopes.join(" "),
  });
  const bytes = Buffer.from(form.toString());
  return {
    method: "POST",
    query: [],
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: { size: bytes.length, open: () => [bytes] },
  };
}

function readToken(bytes: Buffer, realm: URL, nowMs: number): Token {
  let reply: unknown;
  try {
    reply = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw noToken(realm);
  }
  const { token, access_token: accessToken, expires_in: lifetime } = (reply ?? {}) as Record<string, unknown>;
  const value = [token, accessToken].find((one) => typeof one === "string" && one !== "");
  // It becomes a header line, so nothing that could end one.
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) throw noToken(realm);
  const isLifetime = typeof lifetime === "number" && lifetime > 0;
  // Counted from now on our own clock: the server's clock (issued_at) may be far from ours.
  const seconds = Math.max(isLifetime ? lifetime : 0, defaultLifetimeSeconds);
  return { value: new Secret(value), expiresMs: nowMs + seconds * 1000 };
}

function noToken(realm: URL): Error {
  return registryError("REGISTRY_PROTOCOL", `${redactUrl(realm)} answered without a token`);
}

async function refused(
  reply: HttpReply,
  home: Home,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Error> {
  await readErrorBody(reply, signal);
  const host = new URL(home.origin).host;
  const at = redactUrl(reply.url);
  if (reply.status !== 401 && reply.status !== 403 && reply.status !== 400)
    return registryError(
      "REGISTRY_FAILED",
      `${at} answered ${reply.status} when asked for a token for ${host}`,
    );
  const who = credentials.kind === "anonymous" ? "without credentials" : "with the stored credentials";
  return registryError("REGISTRY_UNAUTHORIZED", `${at} gives no token for ${host} ${who}`, {
    hint: `docker login ${host}`,
  });
}
