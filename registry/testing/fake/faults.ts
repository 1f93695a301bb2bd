/** One thing that goes wrong with one request. */
export type Fault =
  /** A reply in place of the real one, perhaps after that much of the request's body. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly afterRequestBytes?: number;
    }
  /** The connection breaks, before the reply or after that much of its body. */
  | { readonly kind: "reset"; readonly afterBytes?: number; readonly afterRequestBytes?: number }
  /** The body has no length and just ends. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Nothing more comes, before the reply or after that much of its body. */
  | { readonly kind: "stall"; readonly afterBytes?: number }
  /** A few bytes at a time, with pauses. */
  | { readonly kind: "slow"; readonly bytes: number; readonly pauseMs: number }
  /** One bit of the body is another. */
  | { readonly kind: "corrupt" }
  /** The body is longer than it should be, by a whole Content-Length. */
  | { readonly kind: "extra"; readonly bytes: number }
  | { readonly kind: "header"; readonly name: string; readonly value: string }
  | { readonly kind: "redirect"; readonly status: 301 | 302 | 303 | 307 | 308; readonly location: string }
  /** The body never ends. */
  | { readonly kind: "endless"; readonly status: number }
  /** Range is not honoured. */
  | { readonly kind: "whole" }
  /** The body is of these bytes instead. */
  | { readonly kind: "body"; readonly bytes: Uint8Array; readonly contentType?: string };

/** Which requests a fault befalls; what is left out matches all. */
export interface FaultRule {
  readonly method?: string;
  /** A part of the path. */
  readonly path?: string;
  readonly fault: Fault;
  /** How often; once unless said. */
  readonly times?: number;
  /** How many matching requests pass unharmed before. */
  readonly after?: number;
}

/** A random rain of faults, the same for the same seed. */
export interface Chaos {
  readonly seed: number;
  /** The share of requests that suffer, 0 to 1. */
  readonly rate: number;
  readonly faults: readonly Fault[];
}

export interface FaultSchedule {
  inject(rule: FaultRule): void;
  rain(chaos: Chaos | undefined): void;
  /** The fault for a request, used up by asking. */
  next(method: string, path: string): Fault | undefined;
}

export function createFaultSchedule(): FaultSchedule {
  const rules: { rule: FaultRule; left: number; skip: number }[] = [];
  let chaos: Chaos | undefined;
  let random: () => number = () => 1;
  return {
    inject: (rule) => void rules.push({ rule, left: rule.times ?? 1, skip: rule.after ?? 0 }),
    rain(next) {
      chaos = next;
      random = next === undefined ? () => 1 : seededRandom(next.seed);
    },
    next(method, path) {
      const hit = rules.find(({ rule, left }) => {
        const isMethod = rule.method === undefined || rule.method === method;
        return left > 0 && isMethod && path.includes(rule.path ?? "");
      });
      if (hit !== undefined && hit.skip > 0) hit.skip -= 1;
      else if (hit !== undefined) {
        hit.left -= 1;
        return hit.rule.fault;
      }
      if (chaos === undefined || random() >= chaos.rate) return undefined;
      return chaos.faults[Math.floor(random() * chaos.faults.length)];
    },
  };
}

/** mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
