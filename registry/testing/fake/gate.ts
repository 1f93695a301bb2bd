import type { IncomingMessage } from "node:http";

export interface GateOptions {
  /** How clients show who they are. */
  readonly auth: "none" | "basic" | "bearer";
  readonly username: string;
  readonly password: string;
  /** With "bearer": what a client without credentials may do. */
  readonly anonymous: "nothing" | "pull";
  readonly tokenLifetimeSeconds: number;
  /** Where clients are sent for a token; undefined: this registry's own /token. */
  readonly realm: string | undefined;
  /** An OAuth2 refresh token that is accepted in place of the password. */
  readonly refreshToken: string;
  readonly now: () => number;
}

export interface Issued {
  readonly token: string;
  readonly lifetimeSeconds: number;
}

/** Who may do what: Basic, or tokens with scopes and a lifetime. */
export interface Gate {
  /** The challenge to send with a 401, or undefined when the request may pass. */
  check(request: IncomingMessage, repository: string, action: "pull" | "push"): string | undefined;
  /** A token for what was asked, or undefined. */
  issue(authorization: string | undefined, form: URLSearchParams): Issued | undefined;
  /** Makes every token that was issued invalid. */
  revoke(): void;
}

export function createGate(options: GateOptions, ownRealm: () => string): Gate {
  const { auth, username, password, anonymous, tokenLifetimeSeconds, refreshToken, now } = options;
  const tokens = new Map<string, { readonly scopes: readonly string[]; readonly endMs: number }>();
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  let count = 0;

  const isAllowed = (header: string | undefined, repository: string, action: string): boolean => {
    const token = tokens.get(header?.replace(/^Bearer /, "") ?? "");
    if (token === undefined || token.endMs <= now()) return false;
    return token.scopes.some((scope) => {
      const [kind, name, actions] = scope.split(":");
      return kind === "repository" && name === repository && (actions ?? "").split(",").includes(action);
    });
  };

  return {
    check(request, repository, action) {
      const header = request.headers.authorization;
      if (auth === "none") return undefined;
      if (auth === "basic") return header === basic ? undefined : 'Basic realm="fake"';
      if (isAllowed(header, repository, action)) return undefined;
      const scope = repository === "" ? "" : `,scope="repository:${repository}:${action}"`;
      return `Bearer realm="${options.realm ?? ownRealm()}",service="fake"${scope}`;
    },
    issue(authorization, form) {
      const isKnown = authorization === basic || form.get("refresh_token") === refreshToken;
      if (authorization !== undefined && !isKnown) return undefined;
      if (!isKnown && anonymous === "nothing") return undefined;
      const asked = form.getAll("scope").flatMap((scope) => scope.split(" "));
      const scopes = isKnown ? asked : asked.map((scope) => scope.replace(/:[^:]*$/, ":pull"));
      count += 1;
      const token = `token-${count}`;
      tokens.set(token, { scopes, endMs: now() + tokenLifetimeSeconds * 1000 });
      return { token, lifetimeSeconds: tokenLifetimeSeconds };
    },
    revoke: () => tokens.clear(),
  };
}
