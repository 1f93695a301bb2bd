import { readFileSync } from "node:fs";
import type { TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";
import { anonymous, type Credentials, type CredentialSource } from "./credentials.ts";
import { type HelperRunner, runHelper } from "./helper.ts";
import { Secret } from "./secret.ts";

export interface DockerConfigOptions {
  /** docker's config.json, then $REGISTRY_AUTH_FILE or the like; those that do not exist are passed over. */
  readonly files: readonly string[];
  /** What credential helpers get of the environment: PATH, HOME and a few more are passed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly runHelper?: HelperRunner;
}

interface ConfigFile {
  readonly path: string;
  readonly auths: ReadonlyMap<string, Record<string, unknown>>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/** More than anybody's config.json has. */
const maxConfigBytes = 1024 * 1024;

/** Credentials as docker and the containers tools store them; files are read when first asked. */
export function createDockerCredentials(options: DockerConfigOptions): CredentialSource {
  const run = options.runHelper ?? runHelper;
  let files: ConfigFile[] | undefined;
  return {
    async find(domain, path, signal) {
      files ??= options.files.flatMap(readConfig);
      for (const file of files) {
        const found = await findIn(file, domain, path, (name, server) =>
          run({ name, server, environment: options.environment, signal }),
        );
        if (found !== undefined) return found;
      }
      return anonymous;
    },
  };
}

type AskHelper = (name: string, server: string) => Promise<Credentials | undefined>;

async function findIn(
  file: ConfigFile,
  domain: string,
  path: string,
  ask: AskHelper,
): Promise<Credentials | undefined> {
  const servers = serverNames(domain);
  const helperServer = servers.find((server) => file.credHelpers.has(server));
  const helper = helperServer === undefined ? file.credsStore : file.credHelpers.get(helperServer);
  if (helper !== undefined) {
    // Helpers know docker.io by the address of its old index; the others by their host.
    const found = await ask(helper, helperServer ?? servers[0] ?? domain);
    if (found !== undefined) return found;
  }
  for (const key of [...pathKeys(domain, path), ...servers]) {
    const entry = file.auths.get(key);
    const credentials = entry === undefined ? undefined : readEntry(entry, file.path, key);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** The names under which one registry is found, docker's own first. */
function serverNames(domain: string): string[] {
  if (domain !== "docker.io") return [domain];
  return ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"];
}

/** containers-auth.json(5): the most specific of host/a/b, host/a wins. */
function pathKeys(domain: string, path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, at) => `${domain}/${parts.slice(0, parts.length - at).join("/")}`);
}

function readEntry(entry: Record<string, unknown>, path: string, key: string): Credentials | undefined {
  const text = (name: string): string | undefined => {
    const value = entry[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [identity, bearer, auth] = [text("identitytoken"), text("registrytoken"), text("auth")];
  if (identity !== undefined) return { kind: "refresh-token", token: new Secret(identity) };
  if (bearer !== undefined && !/^[\x21-\x7e]+$/.test(bearer))
    throw invalid(path, `the registrytoken for ${JSON.stringify(key)} cannot stand in a header`);
  if (bearer !== undefined) return { kind: "bearer", token: new Secret(bearer) };
  if (auth !== undefined) return readBasic(auth, path, key);
  const [username, password] = [text("username"), text("password")];
  return username === undefined || password === undefined
    ? undefined
    : { kind: "password", username, password: new Secret(password) };
}

function readBasic(auth: string, path: string, key: string): Credentials {
  const plain = Buffer.from(auth, "base64").toString("utf8");
  const colon = plain.indexOf(":");
  if (colon <= 0) throw invalid(path, `its entry for ${JSON.stringify(key)} is not base64 of user:password`);
  // docker pads what it writes with NULs.
  const password = plain.slice(colon + 1).replaceAll("\0", "");
  return { kind: "password", username: plain.slice(0, colon), password: new Secret(password) };
}

function readConfig(path: string): ConfigFile[] {
  const text = readText(path);
  if (text === undefined) return [];
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw invalid(path, "it is no JSON");
  }
  const fields = asRecord(root);
  if (fields === undefined) throw invalid(path, "it is no JSON object");
  const store = fields["credsStore"];
  return [
    {
      path,
      auths: new Map(
        [...entries(fields["auths"])].map(([key, value]) => [serverKey(key), asRecord(value) ?? {}]),
      ),
      credHelpers: new Map(
        [...entries(fields["credHelpers"])].flatMap(([key, value]) =>
          typeof value === "string" ? [[key, value] as const] : [],
        ),
      ),
      credsStore: typeof store === "string" && store !== "" ? store : undefined,
    },
  ];
}

/** Old docker versions wrote `https://host/v1/` where the host is meant; docker.io is known by such a name still. */
function serverKey(key: string): string {
  if (key === "https://index.docker.io/v1/") return key;
  const scheme = key.indexOf("://");
  const rest = scheme < 0 ? key : key.slice(scheme + 3);
  const slash = rest.indexOf("/");
  const isLegacy = scheme >= 0 || rest.endsWith("/v1/") || rest.endsWith("/v2/");
  return slash >= 0 && isLegacy ? rest.slice(0, slash) : rest;
}

function readText(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > maxConfigBytes) throw invalid(path, "it is too long");
    return bytes.toString("utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "EACCES" || code === "EISDIR") throw invalid(path, `it cannot be read (${code})`);
    throw error;
  }
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries(asRecord(value) ?? {});
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function invalid(path: string, why: string): TsbuildError {
  return registryError("CREDENTIALS_INVALID", `credentials file ${JSON.stringify(path)}: ${why}`, {
    hint: "docker login writes this file; DOCKER_CONFIG and REGISTRY_AUTH_FILE name another one",
  });
}
