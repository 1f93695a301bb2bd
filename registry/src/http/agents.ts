import type { Agent as HttpAgent } from "node:http";
import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { AgentOptions } from "node:https";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "./address.ts";
import { chooseProxy, type ProxySettings } from "./proxy.ts";
import { connectThroughProxy } from "./tunnel.ts";

/** Whether a host was named by the user (any address goes) or by a reply (only public addresses do). */
export type Trust = "named" | "public-only";

/** What `dns.lookup` does with `all`; replaceable so that tests can answer for DNS. */
export type Resolver = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AgentSettings extends ProxySettings {
  /** PEM of certification authorities that are trusted besides the well-known ones. */
  readonly authorities: readonly string[];
  readonly resolver?: Resolver | undefined;
}

/** How one request leaves: the pool it uses and, for plain HTTP through a proxy, where it connects to. */
export interface Route {
  readonly agent: HttpAgent;
  readonly proxy: URL | undefined;
}

export interface Agents extends Disposable {
  route(url: URL, trust: Trust, verification: Verification): Route;
}

/** `none` is for registries that the user listed as insecure. */
export type Verification = "certificate" | "none";

/** Raised by a lookup, before anything is sent. */
export const addressRefused = "ADDRESS_REFUSED_AT_CONNECT";

const maxSockets = 8;

/** Keep-alive pools, one per kind of route, so that a checked connection is never used by another kind. */
export function createAgents(settings: AgentSettings): Agents {
  const pools = new Map<string, HttpAgent>();
  return {
    route(url, trust, verification) {
      const proxy = chooseProxy(url, settings);
      const key = [url.protocol, trust, verification, proxy?.href ?? ""].join(" ");
      let agent = pools.get(key);
      if (agent === undefined) {
        agent = createAgent({ url, trust, verification, proxy }, settings);
        pools.set(key, agent);
      }
      return { agent, proxy: url.protocol === "http:" ? proxy : undefined };
    },
    [Symbol.dispose]() {
      for (const agent of pools.values()) agent.destroy();
      pools.clear();
    },
  };
}

interface Pool {
  readonly url: URL;
  readonly trust: Trust;
  readonly verification: Verification;
  readonly proxy: URL | undefined;
}

function createAgent({ url, trust, verification, proxy }: Pool, settings: AgentSettings): HttpAgent {
  const lookup = proxy === undefined ? lookupFor(trust, settings.resolver) : undefined;
  const options: AgentOptions = {
    keepAlive: true,
    maxSockets,
    scheduling: "lifo",
    ...(lookup === undefined ? {} : { lookup }),
  };
  const carrier = url.protocol === "http:" ? (proxy ?? url) : url;
  if (carrier.protocol === "http:") return new (process.getBuiltinModule("node:http").Agent)(options);
  const secure: AgentOptions = { ...options, ...trustOptions(settings.authorities, verification) };
  const { Agent } = process.getBuiltinModule("node:https");
  const agent = new Agent(secure);
  if (proxy !== undefined && url.protocol === "https:")
    agent.createConnection = connectThroughProxy(proxy, secure);
  return agent;
}

function trustOptions(authorities: readonly string[], verification: Verification): AgentOptions {
  const { getCACertificates } = process.getBuiltinModule("node:tls");
  const ca = authorities.length === 0 ? {} : { ca: [...getCACertificates("default"), ...authorities] };
  return { ...ca, rejectUnauthorized: verification === "certificate" };
}

/** Addresses are checked after DNS and handed to connect as they are, so no second answer can differ. */
function lookupFor(trust: Trust, resolver: Resolver | undefined): LookupFunction | undefined {
  if (trust === "named" && resolver === undefined) return undefined;
  const resolve: Resolver = resolver ?? process.getBuiltinModule("node:dns").lookup;
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const first = addresses[0];
      const refused = addresses.find(({ address }) => trust !== "named" && !isPublicAddress(address));
      if (refused !== undefined) callback(refusal(hostname, refused.address), "");
      else if (first === undefined) callback(Object.assign(new Error(), { code: "ENOTFOUND" }), "");
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(hostname: string, address: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} is ${address}, which is no public address`), {
    code: addressRefused,
  });
}
