import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  createDockerCredentials,
  createDownloadClient,
  createRegistryClient,
  type DownloadClient,
  type DownloadClientOptions,
  type OnRetry,
  type RegistryClient,
} from "@tsbuild/registry";
import type { Terminal } from "../terminal.ts";

/** Options of every command that speaks to a registry. */
export const registryOptions = {
  "insecure-registry": {
    kind: "list",
    value: "HOST[:PORT]",
    help: "registry that may speak plain HTTP or show any certificate",
  },
  "trusted-host": {
    kind: "list",
    value: "HOST[:PORT]",
    help: "private host that a registry may send to: its token server, its storage",
  },
  "ca-cert": { kind: "list", value: "PATH", help: "PEM file of a certification authority to trust as well" },
} as const;

export interface RegistryChoices {
  readonly "insecure-registry": readonly string[];
  readonly "trusted-host": readonly string[];
  readonly "ca-cert": readonly string[];
}

/** The same choices with one more registry that need not show who it is. */
export function trusting(choices: RegistryChoices, insecure: string | undefined): RegistryChoices {
  if (insecure === undefined) return choices;
  return { ...choices, "insecure-registry": [...choices["insecure-registry"], insecure] };
}

/** What a registry client takes from around it; `say` hears why nothing moves. */
type RegistryPlace = Pick<Terminal, "env" | "cwd"> & { readonly say: (message: string) => void };

/** The registry client of this command line: docker's credentials, the environment's proxies and certificates. */
export function openRegistry(choices: RegistryChoices, { env, cwd, say }: RegistryPlace): RegistryClient {
  return createRegistryClient({
    ...reachOf(choices, { env, cwd }),
    now: Date.now,
    random: Math.random,
    onRetry: tellRetries(say),
    credentials: createDockerCredentials({ files: credentialFiles(env), environment: env }),
    insecureRegistries: choices["insecure-registry"],
    trustedHosts: choices["trusted-host"],
  });
}

/** What fetches the URLs of ADD: the same proxies and certificates. Nothing is insecure, no credentials are known. */
export function openDownloads(
  choices: Pick<RegistryChoices, "ca-cert">,
  place: RegistryPlace,
): DownloadClient {
  return createDownloadClient({
    ...reachOf(choices, place),
    now: Date.now,
    random: Math.random,
    onRetry: tellRetries(place.say),
  });
}

function tellRetries(say: RegistryPlace["say"]): OnRetry {
  return (error, { delayMs, attempt }) =>
    say(`${error.message}; try ${attempt} follows in ${(delayMs / 1000).toFixed(1)}s`);
}

function reachOf(
  choices: Pick<RegistryChoices, "ca-cert">,
  { env, cwd }: Pick<Terminal, "env" | "cwd">,
): Required<Pick<DownloadClientOptions, "caFiles" | "proxies">> {
  const certificates = [...choices["ca-cert"], ...present(env["SSL_CERT_FILE"])];
  return {
    caFiles: certificates.map((path) => resolve(cwd, path)),
    proxies: {
      // As curl and Go do: the upper-case HTTP_PROXY is taken too, since this is no CGI program.
      httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"],
      httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"],
      noProxy: env["no_proxy"] ?? env["NO_PROXY"],
    },
  };
}

/** docker's config.json first, then the file of the containers tools. */
function credentialFiles(env: Terminal["env"]): string[] {
  const dockerDirectory = env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  return [join(dockerDirectory, "config.json"), ...present(env["REGISTRY_AUTH_FILE"])];
}

function present(value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [value];
}
