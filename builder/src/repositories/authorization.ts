import type { GitAuthorization } from "../ports.ts";
import type { BuildRequest } from "../request.ts";

type Secrets = NonNullable<BuildRequest["secrets"]>;

/**
 * What a build's secrets say to a repository's server, as BuildKit: a whole header or a token, that of the host first. They go to the
 * repository itself; for one of GitHub to all of it, so that submodules are reached as well.
 */
export function repositoryAuthorization(url: string, secrets: Secrets): GitAuthorization | undefined {
  const parsed = /^https?:/i.test(url) ? URL.parse(url) : null;
  if (parsed === null) return undefined;
  const { host } = parsed;
  parsed.username = "";
  parsed.password = "";
  const scope = gitHub.find((prefix) => parsed.href.startsWith(prefix)) ?? parsed.href;
  const value =
    headerOf(secrets, `GIT_AUTH_HEADER.${host}`) ??
    tokenOf(secrets, `GIT_AUTH_TOKEN.${host}`) ??
    headerOf(secrets, "GIT_AUTH_HEADER") ??
    tokenOf(secrets, "GIT_AUTH_TOKEN");
  return value === undefined ? undefined : { scope, value };
}

const gitHub = ["https://github.com/", "https://www.github.com/"];

function headerOf(secrets: Secrets, name: string): string | undefined {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  return secret && Buffer.from(secret()).toString("utf8").trim();
}

function tokenOf(secrets: Secrets, name: string): string | undefined {
  const token = headerOf(secrets, name);
  return token && `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
}
