import { registryError } from "../errors.ts";
import { type AgentSettings, createAgents } from "./agents.ts";
import { discardBody } from "./body.ts";
import { admit, isListed, type DestinationRules, type Home, type Purpose } from "./destination.ts";
import { exchange, type HttpReply, type HttpRequest } from "./exchange.ts";
import { chooseProxy } from "./proxy.ts";
import { redactUrl } from "./redact.ts";

export interface HttpSettings extends AgentSettings {
  readonly trustedHosts: readonly string[];
  readonly insecureHosts: readonly string[];
}

/** A request on behalf of a registry. */
export interface OutgoingRequest extends HttpRequest {
  readonly home: Home;
  readonly purpose: Purpose;
}

export interface Http extends Disposable {
  /** Follows redirects within the rules; Authorization stays with the origin it was given for. */
  request(request: OutgoingRequest): Promise<HttpReply>;
}

const maxRedirects = 5;

export function createHttp(settings: HttpSettings): Http {
  const agents = createAgents(settings);
  const rules: DestinationRules = {
    trustedHosts: settings.trustedHosts,
    insecureHosts: settings.insecureHosts,
    usesProxy: (url) => chooseProxy(url, settings) !== undefined,
  };
  const once = async (request: OutgoingRequest): Promise<HttpReply> => {
    const trust = admit(request.url, request.home, request.purpose, rules);
    const isOpen = isListed(request.url, settings.insecureHosts);
    const verification = isOpen ? "none" : "certificate";
    return await exchange(request, agents.route(request.url, trust, verification));
  };
  return {
    async request(first) {
      let request = first;
      for (let hops = 0; ; hops += 1) {
        const reply = await once(request);
        const target = redirectTarget(request, reply);
        if (target === undefined) return reply;
        if (hops === maxRedirects) throw tooMany(first.url);
        await discardBody(reply, request.signal);
        request = { ...redirected(request, target), purpose: "redirect" };
      }
    },
    [Symbol.dispose]: () => agents[Symbol.dispose](),
  };
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a reply to this request sends the client; undefined when it is the answer. @throws REGISTRY_PROTOCOL */
export function redirectTarget(
  { method, url }: Pick<HttpRequest, "method" | "url">,
  { status, headers }: Pick<HttpReply, "status" | "headers">,
): URL | undefined {
  if (!redirectStatuses.has(status) || headers.location === undefined) return undefined;
  // Older statuses turn a write into a GET (RFC 9110 §15.4), which would lose it.
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead && status !== 307 && status !== 308) return undefined;
  const target = URL.parse(headers.location, url.href);
  if (target !== null) return target;
  throw registryError("REGISTRY_PROTOCOL", `${redactUrl(url)} redirects to something that is no URL`);
}

/** The same request to another place; Authorization stays with its origin. */
export function redirected<Request extends HttpRequest>(request: Request, target: URL): Request {
  const { authorization, ...others } = request.headers ?? {};
  const isSameOrigin = target.origin === request.url.origin;
  const headers = isSameOrigin && authorization !== undefined ? { ...others, authorization } : others;
  return { ...request, url: target, headers };
}

function tooMany(url: URL): Error {
  return registryError("REDIRECT_REFUSED", `${redactUrl(url)} redirects more than ${maxRedirects} times`);
}
