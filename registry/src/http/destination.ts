import type { TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";
import { isPublicAddress, isPublicName, unbracketed } from "./address.ts";
import type { Trust } from "./agents.ts";
import { redactUrl } from "./redact.ts";

/** The registry that the user named. */
export interface Home {
  readonly hostname: string;
  /** `https://host:port`. */
  readonly origin: string;
}

/** How a URL came to be asked for. */
export type Purpose = "registry" | "redirect" | "upload" | "token";

export interface DestinationRules {
  /** `host` or `host:port` that a reply may name whatever its address. */
  readonly trustedHosts: readonly string[];
  /** The same, for hosts that may speak plain HTTP and show any certificate as well. */
  readonly insecureHosts: readonly string[];
  readonly usesProxy: (url: URL) => boolean;
}

/**
 * Whether a URL may be asked for on behalf of a registry. Its own host may; any other host was named by a reply, so it
 * must be https and public (server-side request forgery: realms and redirects to metadata services).
 * Addresses behind names are checked when connecting. @throws REDIRECT_REFUSED, ADDRESS_REFUSED
 */
export function admit(url: URL, home: Home, purpose: Purpose, rules: DestinationRules): Trust {
  const refuse = (why: string): TsbuildError => refusal(url, home, purpose, why);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refuse("its scheme is neither https nor http");
  if (url.username !== "" || url.password !== "") throw refuse("it carries credentials");
  const isPlain = url.protocol === "http:";
  const isHome = url.hostname === home.hostname;
  const isInsecure = isListed(url, rules.insecureHosts);
  if (isPlain && !isInsecure && !(isHome && home.origin.startsWith("http:"))) throw refuse("it is not https");
  if (isHome || isInsecure || isListed(url, rules.trustedHosts)) return "named";
  const address = unbracketed(url.hostname);
  if (address !== undefined && !isPublicAddress(address)) throw refuse("its address is not public");
  // Through a proxy nobody here sees the address, so the name has to do.
  if (address === undefined && rules.usesProxy(url) && !isPublicName(url.hostname))
    throw refuse("its name is not public");
  return "public-only";
}

/** Whether a list of `host` and `host:port` has the host of a URL. */
export function isListed(url: URL, hosts: readonly string[]): boolean {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return hosts.some((host) => host === url.hostname || host === `${url.hostname}:${port}`);
}

const verbs: Readonly<Record<Purpose, string>> = {
  registry: "is asked for",
  redirect: "redirects to",
  upload: "wants the upload to go to",
  token: "sends clients for a token to",
};

function refusal(url: URL, home: Home, purpose: Purpose, why: string): TsbuildError {
  const code = purpose === "token" ? "ADDRESS_REFUSED" : "REDIRECT_REFUSED";
  const host = new URL(home.origin).host;
  return registryError(code, `${host} ${verbs[purpose]} ${redactUrl(url)}, which is refused: ${why}`, {
    hint: "only the registry itself and public https hosts are followed; --trusted-host allows others",
  });
}
