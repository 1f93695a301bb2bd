import type { BuildEvent, EmitEvent } from "./events.ts";

/** Events of one build: emitted at any time, read in order by one reader, who may come late. */
export interface EventStream {
  readonly emit: EmitEvent;
  /** Nothing comes after this. */
  readonly end: () => void;
  readonly read: () => AsyncIterator<BuildEvent>;
}

/** Events for one reader, in order; what comes before somebody reads is kept. */
export function createEventStream(): EventStream {
  const waiting: BuildEvent[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  const stir = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    emit(event) {
      waiting.push(event);
      stir();
    },
    end() {
      ended = true;
      stir();
    },
    async *read() {
      for (;;) {
        yield* waiting.splice(0);
        if (waiting.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
