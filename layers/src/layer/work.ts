/** What a layer store is making just now: it can be ended as a whole, and new work can begin afterwards. */
export interface Work {
  /** Aborted by `stop` until all has ended, or from outside. */
  readonly signal: AbortSignal;
  run<Result>(make: () => Promise<Result>): Promise<Result>;
  /** Ends what is running with this reason, and waits until it has ended. */
  stop(reason: unknown): Promise<void>;
}

export function createWork(outer: AbortSignal | undefined): Work {
  const running = new Set<Promise<unknown>>();
  let current = nextRound(outer);
  return {
    get signal() {
      return current.signal;
    },
    run(make) {
      const made = make();
      const ended: Promise<void> = made
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => running.delete(ended));
      running.add(ended);
      return made;
    },
    async stop(reason) {
      const stopped = current;
      stopped.abort(reason);
      while (running.size > 0) await Promise.all(running);
      // Not before: what is running looks at the signal only now and then.
      if (current === stopped) current = nextRound(outer);
    },
  };
}

function nextRound(outer: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
} {
  const stop = new AbortController();
  return {
    signal: outer ? AbortSignal.any([outer, stop.signal]) : stop.signal,
    abort: (reason) => stop.abort(reason),
  };
}
