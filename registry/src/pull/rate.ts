/** A transfer slower than this is taken for a stalled one. */
export interface RateLimitOptions {
  readonly minBytesPerWindow: number;
  readonly windowMs: number;
}

/** 1 KiB a second over a minute: slower than any line, faster than a server that only keeps the connection alive. */
export const defaultRate: RateLimitOptions = { minBytesPerWindow: 60 * 1024, windowMs: 60_000 };

export interface RateWatch extends Disposable {
  count(bytes: number): void;
}

/** Calls back once when fewer bytes came in a window than there must. */
export function watchRate(
  { minBytesPerWindow, windowMs }: RateLimitOptions,
  onSlow: (error: Error) => void,
): RateWatch {
  let bytes = 0;
  const timer = setInterval(() => {
    if (bytes < minBytesPerWindow) onSlow(Object.assign(new Error("too slow"), { code: "ETIMEDOUT" }));
    bytes = 0;
  }, windowMs);
  return {
    count: (more) => void (bytes += more),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
