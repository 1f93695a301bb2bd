import type { Resolver } from "./http/agents.ts";
import type { ProxySettings } from "./http/proxy.ts";
import type { RateLimitOptions } from "./pull/rate.ts";
import type { OnRetry, RetryPolicy } from "./retry.ts";

/** What every client here is given; the registries' asks for more. */
export interface ClientOptions {
  /** Milliseconds since 1970, for Retry-After and the age of tokens. */
  readonly now: () => number;
  /** In [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** PEM files of certification authorities to trust besides the well-known ones. */
  readonly caFiles?: readonly string[];
  readonly proxies?: ProxySettings;
  readonly attempts?: number;
  readonly idleTimeoutMs?: number;
  readonly minimumRate?: RateLimitOptions;
  readonly sleep?: RetryPolicy["sleep"];
  readonly resolver?: Resolver;
  /** Told before each wait for another try. */
  readonly onRetry?: OnRetry;
}
