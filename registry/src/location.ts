import { canonicalForm, layersError, type Reference, TsbuildError } from "@tsbuild/layers";
import { isLoopbackName } from "./http/address.ts";
import { type Home, isListed } from "./http/destination.ts";
import { codeOf, isNotTls } from "./http/failure.ts";
import type { Http } from "./http/http.ts";

/** A registry as references name it, and where its API is. */
export interface Registry {
  /** As in references: docker.io. */
  readonly domain: string;
  /** Where requests go: registry-1.docker.io. */
  readonly host: string;
}

/** Whether a registry may be spoken to without TLS: "never", on this machine, or because the user said so. */
export type Security = "secure" | "loopback" | "listed";

/** Enough for a registry that may be on this machine; what comes after it has longer. */
const handshakeTimeoutMs = 5_000;
const dockerHub: Registry = { domain: "docker.io", host: "registry-1.docker.io" };

/** @throws REFERENCE_INVALID for a name whose first part only looks like a registry */
export function registryOf(reference: Reference): Registry {
  const { domain } = reference;
  if (domain === dockerHub.domain) return dockerHub;
  if (domain === "" || URL.parse(`https://${domain}/`) === null)
    throw layersError("REFERENCE_INVALID", `${canonicalForm(reference)} names no registry that can be asked`);
  return { domain, host: domain };
}

export function securityOf(registry: Registry, insecureRegistries: readonly string[]): Security {
  const urls = ["https:", "http:"].map((protocol) => new URL(`${protocol}//${registry.host}/`));
  if (urls.some((url) => isListed(url, insecureRegistries))) return "listed";
  return urls.some(({ hostname }) => isLoopbackName(hostname)) ? "loopback" : "secure";
}

/**
 * How a registry speaks: TLS, if it does; plain HTTP only where that is allowed and TLS is not spoken.
 * Certificates of registries listed as insecure are not checked, as docker does.
 */
export async function findHome(
  registry: Registry,
  security: Security,
  http: Http,
  options: { readonly signal: AbortSignal; readonly idleTimeoutMs: number },
): Promise<Home> {
  const secure = homeOf("https:", registry);
  if (security === "secure") return secure;
  try {
    const url = new URL("/v2/", secure.origin);
    const idleTimeoutMs = Math.min(options.idleTimeoutMs, handshakeTimeoutMs);
    const { signal } = options;
    const purpose = "registry";
    const reply = await http.request({ method: "GET", url, home: secure, purpose, signal, idleTimeoutMs });
    reply.stream.resume();
    return secure;
  } catch (error) {
    options.signal.throwIfAborted();
    // Without a port the two protocols are looked for at two ports.
    const hasNoPort = new URL(secure.origin).port === "" && !registry.host.endsWith(":443");
    const isUnreachable = error instanceof TsbuildError && error.code === "REGISTRY_UNREACHABLE";
    if (!isNotTls(error) && !(isUnreachable && (hasNoPort || isDumb(error)))) throw error;
    return homeOf("http:", registry);
  }
}

/** Simple servers wait for the end of a line that a TLS greeting does not have, or hang up. */
function isDumb({ cause }: TsbuildError): boolean {
  return codeOf(cause) === "ETIMEDOUT" || codeOf(cause) === "ECONNRESET";
}

function homeOf(protocol: "https:" | "http:", { host }: Registry): Home {
  const { origin, hostname } = new URL(`${protocol}//${host}/`);
  return { origin, hostname };
}
