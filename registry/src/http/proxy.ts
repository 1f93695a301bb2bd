import { registryError } from "../errors.ts";
import { isLoopbackName, unbracketed } from "./address.ts";

/** The three environment variables, as values; who reads them is not our business. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** The proxy for a URL, or undefined. This machine is never asked for through a proxy. @throws PROXY_INVALID */
export function chooseProxy(url: URL, settings: ProxySettings): URL | undefined {
  const setting = url.protocol === "https:" ? settings.httpsProxy : settings.httpProxy;
  if (setting === undefined || setting === "" || isLoopbackName(url.hostname)) return undefined;
  if (isExcluded(url, settings.noProxy ?? "")) return undefined;
  const proxy = URL.parse(setting.includes("://") ? setting : `http://${setting}`);
  if (proxy !== null && (proxy.protocol === "http:" || proxy.protocol === "https:")) return proxy;
  // The setting may hold a password, so it is not shown.
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  throw registryError(
    "PROXY_INVALID",
    `the proxy for ${url.protocol.slice(0, -1)} is not an http or https URL`,
    {
      hint: `${name}=http://proxy.example:3128, or NO_PROXY for hosts that need none`,
    },
  );
}

function isExcluded(url: URL, noProxy: string): boolean {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const host = url.hostname.toLowerCase();
  return noProxy.split(",").some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

/** `*`, a name (with what is below it), `.name` (only what is below it), an address, or a network; each but `*` with an optional port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "" || entry === "*") return entry === "*";
  const address = unbracketed(host);
  if (entry.includes("/")) return address !== undefined && isInNetwork(address, entry);
  const { name, port: entryPort } = splitPort(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  if (address !== undefined) return (unbracketed(name) ?? name) === address;
  const suffix = name.startsWith("*.") ? name.slice(1) : name;
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): { readonly name: string; readonly port: string | undefined } {
  if (unbracketed(entry) !== undefined) return { name: entry, port: undefined };
  const colon = entry.lastIndexOf(":");
  return colon < 0 || entry.endsWith("]")
    ? { name: entry, port: undefined }
    : { name: entry.slice(0, colon), port: entry.slice(colon + 1) };
}

function isInNetwork(address: string, network: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const [base = "", bits = ""] = network.split("/");
  const family = isIP(base) === 6 ? "ipv6" : "ipv4";
  const prefix = Number(bits);
  const isValid = isIP(base) !== 0 && bits !== "" && Number.isInteger(prefix) && prefix >= 0;
  if (!isValid || prefix > (family === "ipv6" ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
