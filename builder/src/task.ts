import type { EmitEvent } from "./events.ts";
import type { Clock } from "./ports.ts";

/** Runs work that is no step of the graph, and tells its beginning and end. */
export type RunTask = <Result>(name: string, work: (id: string) => Promise<Result>) => Promise<Result>;

export function createTaskRunner(emit: EmitEvent, clock: Clock): RunTask {
  let count = 0;
  return async (name, work) => {
    const id = `task-${++count}`;
    emit({ kind: "task-start", timeMs: clock.now(), id, name });
    try {
      const result = await work(id);
      emit({ kind: "task-done", timeMs: clock.now(), id });
      return result;
    } catch (error) {
      const shown = error instanceof Error ? error : new Error(String(error));
      emit({ kind: "task-done", timeMs: clock.now(), id, error: shown });
      throw error;
    }
  };
}
