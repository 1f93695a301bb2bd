/**
 * Synchronous work done in turns, so that screens and Ctrl-C live on meanwhile: after each entry ask whether the turn is over,
 * and if it is, wait for the next.
 */
export interface Turns {
  /** Counts an entry and the bytes that were read or written for it. */
  isOver(bytes?: number): boolean;
  /** Lets everything else have its turn. @throws the signal's reason */
  next(): Promise<void>;
}

/** Some ten milliseconds of work. */
const turn = { entries: 256, bytes: 16 << 20 } as const;

/** Turns that end with the signal's reason; without a signal they never end. */
export function createTurns(signal?: AbortSignal): Turns {
  let entries = 0;
  let done = 0;
  return {
    isOver(bytes = 0) {
      entries += 1;
      done += bytes;
      return entries >= turn.entries || done >= turn.bytes;
    },
    async next() {
      entries = 0;
      done = 0;
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    },
  };
}
