import { TsbuildError } from "@tsbuild/layers";
import { persistenceOf } from "./http/failure.ts";

/** How often and how patiently something is tried again. Time and chance are given. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onRetry: OnRetry;
}

/** Told before each wait, so that a user sees why nothing moves. */
export type OnRetry = (
  error: TsbuildError,
  next: { readonly delayMs: number; readonly attempt: number },
) => void;

/** In all less than eight seconds of own delays, or what the server asks for: five times two minutes at most. */
export const defaultAttempts = 6;
const firstDelayMs = 250;
const maxDelayMs = 20_000;
/** A server that wants a longer pause gets this one. */
const maxServerDelayMs = 120_000;
/** Nothing was listening: a registry that restarts gets this many tries, a mistyped port costs less than a second. */
const refusedAttempts = 3;

/** A failure that time may heal; `error` is what the user sees when it did not. */
export class TemporaryFailure extends Error {
  readonly error: TsbuildError;
  /** What the server asked for (Retry-After). */
  readonly delayMs: number | undefined;

  constructor(error: TsbuildError, delayMs?: number) {
    super(error.message, { cause: error });
    this.error = error;
    this.delayMs = delayMs;
  }
}

/** Runs an operation until it succeeds, fails for good, or the tries are used up. Aborting ends the wait at once. */
export async function retry<Result>(
  policy: RetryPolicy,
  signal: AbortSignal,
  operation: (attempt: number) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation(attempt);
    } catch (error) {
      signal.throwIfAborted();
      const shown: unknown = error instanceof TemporaryFailure ? error.error : error;
      if (!(shown instanceof TsbuildError) || attempt >= attemptsFor(error, policy)) throw shown;
      const delayMs = delayAfter(error, attempt, policy);
      policy.onRetry(shown, { delayMs, attempt: attempt + 1 });
      await policy.sleep(delayMs, signal);
    }
  }
}

/** The milliseconds that a Retry-After header asks for: seconds, or a date that is compared with the server's own clock. */
export function parseRetryAfter(
  header: string,
  dateHeader: string | undefined,
  nowMs: number,
): number | undefined {
  const text = header.trim();
  if (/^[0-9]{1,10}$/.test(text)) return Math.min(Number(text) * 1000, maxServerDelayMs);
  const at = parseHttpDate(text);
  if (at === undefined) return undefined;
  const reference = parseHttpDate(dateHeader?.trim() ?? "") ?? nowMs;
  return Math.min(Math.max(at - reference, 0), maxServerDelayMs);
}

/** Waits, or throws the signal's reason. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function attemptsFor(error: unknown, { attempts }: RetryPolicy): number {
  if (error instanceof TemporaryFailure) return attempts;
  if (!(error instanceof TsbuildError)) return 1;
  switch (persistenceOf(error)) {
    case "transient":
      return attempts;
    case "refused":
      return Math.min(attempts, refusedAttempts);
    case "final":
      return 1;
  }
}

/** Exponential with full jitter on the upper half; what the server asked for is a lower bound. */
function delayAfter(error: unknown, attempt: number, { random }: RetryPolicy): number {
  const ceiling = Math.min(firstDelayMs * 2 ** (attempt - 1), maxDelayMs);
  const own = ceiling / 2 + (random() * ceiling) / 2;
  const asked = error instanceof TemporaryFailure ? error.delayMs : undefined;
  return asked === undefined ? own : asked + (random() * firstDelayMs) / 2;
}

/** RFC 9110 §5.6.7 IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`; older forms are not used by registries. */
function parseHttpDate(text: string): number | undefined {
  if (text.length > 40 || !/^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/.test(text))
    return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
