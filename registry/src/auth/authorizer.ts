import type { TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, type Credentials } from "./credentials.ts";
import type { Token, TokenRequest } from "./token.ts";

/** Gives the Authorization header of requests to one registry, and another one after a 401. */
export interface Authorizer {
  /** What is known to be needed; undefined before the registry has asked for anything. */
  header(scopes: readonly string[], signal: AbortSignal): Promise<string | undefined>;
  /** After a 401 to a request that carried `sent`. @throws REGISTRY_UNAUTHORIZED when nothing is left to try */
  renew(challenged: Challenged): Promise<string>;
}

export interface Challenged {
  /** The reply's WWW-Authenticate. */
  readonly header: string;
  readonly sent: string | undefined;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

export interface AuthorizerDeps {
  /** For messages. */
  readonly host: string;
  readonly credentials: (signal: AbortSignal) => Promise<Credentials>;
  readonly fetchToken: (
    wanted: TokenRequest,
    credentials: Credentials,
    signal: AbortSignal,
  ) => Promise<Token>;
  readonly now: () => number;
}

/** A token that is about to end is not used for a request that may take a while. */
const marginMs = 10_000;

/** Anonymous, Basic and Bearer. Tokens are kept per (realm, service, scopes); one 401 costs one renewal. */
export function createAuthorizer(deps: AuthorizerDeps): Authorizer {
  const tokens = new Map<string, Token>();
  let known: Challenge | undefined;

  async function bearer(
    challenge: Challenge,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const credentials = await deps.credentials(signal);
    if (credentials.kind === "bearer") return `Bearer ${credentials.token.reveal()}`;
    const wanted = tokenRequest(challenge, scopes);
    const key = JSON.stringify([wanted.realm, wanted.service, wanted.scopes]);
    let token = tokens.get(key);
    if (token === undefined || token.expiresMs - marginMs < deps.now()) {
      token = await deps.fetchToken(wanted, credentials, signal);
      tokens.set(key, token);
    }
    return `Bearer ${token.value.reveal()}`;
  }

  async function answer(
    challenge: Challenge,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    if (challenge.scheme === "bearer") return await bearer(challenge, scopes, signal);
    const credentials = await deps.credentials(signal);
    if (credentials.kind !== "password") throw unauthorized(deps.host, "it asks for a user and a password");
    return basicHeader(credentials.username, credentials.password);
  }

  function forget(sent: string | undefined): void {
    for (const [key, token] of tokens) if (`Bearer ${token.value.reveal()}` === sent) tokens.delete(key);
  }

  return {
    async header(scopes, signal) {
      return known === undefined ? undefined : await answer(known, scopes, signal);
    },
    async renew({ header, sent, scopes, signal }) {
      forget(sent);
      known = choose(parseChallenges(header));
      if (known === undefined) throw unauthorized(deps.host, "it offers no way to log in that is known here");
      const next = await answer(known, scopes, signal);
      if (next === sent) throw unauthorized(deps.host, "it does not accept the stored credentials");
      return next;
    },
  };
}

/** Bearer before Basic, as docker does: a token says less than a password. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  const isUsable = ({ scheme, parameters }: Challenge): boolean =>
    scheme === "basic" || (scheme === "bearer" && parameters.has("realm"));
  const usable = challenges.filter(isUsable);
  return usable.find(({ scheme }) => scheme === "bearer") ?? usable[0];
}

/** What we want to do decides; a registry that asks for more than that (or names the scope otherwise) gets it added. */
function tokenRequest({ parameters }: Challenge, scopes: readonly string[]): TokenRequest {
  const asked =
    parameters
      .get("scope")
      ?.split(" ")
      .filter((scope) => scope !== "") ?? [];
  const known = new Set(scopes.map(resourceOf));
  const others = scopes.length === 0 ? asked : asked.filter((scope) => !known.has(resourceOf(scope)));
  return {
    realm: parameters.get("realm") ?? "",
    service: parameters.get("service"),
    scopes: [...scopes, ...others],
  };
}

/** `repository:a/b` of `repository:a/b:pull,push`. */
function resourceOf(scope: string): string {
  return scope.slice(0, Math.max(scope.lastIndexOf(":"), 0));
}

function unauthorized(host: string, why: string): TsbuildError {
  return registryError("REGISTRY_UNAUTHORIZED", `${host} refuses: ${why}`, { hint: `docker login ${host}` });
}
