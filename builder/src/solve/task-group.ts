/** Work that stands and falls together: the first failure stops everything else. */
export interface TaskGroup {
  /** Aborted by the first failure, or from outside. */
  readonly signal: AbortSignal;
  /** Takes part in a piece of work; its failure, unless it comes from the group's own stop, is the group's. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Waits until every task has ended. @throws the first failure, or the reason of the outer signal */
  settle(): Promise<void>;
}

/** A group whose tasks also end when `outer` is aborted. */
export function createTaskGroup(outer: AbortSignal): TaskGroup {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const running = new Set<Promise<unknown>>();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    if (failure || signal.aborted) return;
    failure = { error };
    stop.abort(error);
  };
  return {
    signal,
    run(task) {
      const work = (async () => {
        signal.throwIfAborted();
        return task();
      })();
      const ended = work.then(undefined, fail).finally(() => running.delete(ended));
      running.add(ended);
      return work;
    },
    async settle() {
      while (running.size > 0) await Promise.all(running);
      if (failure) throw failure.error;
      outer.throwIfAborted();
    },
  };
}
