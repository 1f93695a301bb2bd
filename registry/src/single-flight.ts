/** Runs at most one operation per key at a time; who comes while one runs gets its result. */
export type SingleFlight<Result> = (
  key: string,
  signal: AbortSignal,
  operation: () => Promise<Result>,
) => Promise<Result>;

/** Each caller waits under a signal of its own: when the one whose operation runs gives up, the next starts its own. */
export function singleFlight<Result>(): SingleFlight<Result> {
  const running = new Map<string, { readonly result: Promise<Result>; readonly signal: AbortSignal }>();
  return async (key, signal, operation) => {
    for (;;) {
      signal.throwIfAborted();
      const other = running.get(key);
      if (other === undefined) break;
      try {
        return await untilAborted(other.result, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!other.signal.aborted) throw error;
      }
    }
    const result = operation().finally(() => running.delete(key));
    running.set(key, { result, signal });
    return await result;
  };
}

async function untilAborted<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
