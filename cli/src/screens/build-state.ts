import { StringDecoder } from "node:string_decoder";
import type { BuildEvent } from "@tsbuild/builder";

export type RowStatus = "waiting" | "running" | "cached" | "done" | "failed" | "cancelled";

export interface TransferState {
  readonly what: string;
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
}

/** One step or task as a screen shows it. */
export interface RowState {
  readonly id: string;
  readonly name: string;
  readonly status: RowStatus;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  /** The last lines of output, oldest first, at most `tailLines`. */
  readonly tail: readonly string[];
  readonly transfers: ReadonlyMap<string, TransferState>;
}

/** What is said once and stands: the end of a row, or a notice. */
export type Said =
  | { readonly kind: "row"; readonly row: RowState }
  | { readonly kind: "notice"; readonly text: string };

/** What a build looks like at one moment. */
export interface BuildState {
  /** In the order they were mentioned. */
  readonly rows: ReadonlyMap<string, RowState>;
  /** In the order it happened; only ever grows. */
  readonly said: readonly Said[];
}

/** Enough to see what a step is doing without pushing the others off the screen. */
export const tailLines = 6;

export const emptyState: BuildState = { rows: new Map(), said: [] };

/** Folds events into states; holds what a state does not show (half lines and half characters). */
export function createStateReducer(): (state: BuildState, event: BuildEvent) => BuildState {
  const decoders = new Map<string, StringDecoder>();
  const rests = new Map<string, string>();

  const decode = (event: BuildEvent & { kind: "step-output" }): string[] => {
    const key = `${event.stream} ${event.step}`;
    const decoder = decoders.get(key) ?? new StringDecoder("utf8");
    decoders.set(key, decoder);
    const lines = ((rests.get(key) ?? "") + decoder.write(Buffer.from(event.chunk))).split("\n");
    rests.set(key, lines.pop() ?? "");
    return lines.map(printable);
  };

  return (state, event) => {
    switch (event.kind) {
      case "plan":
        return event.steps.reduce((next, step) => patch(next, step.id, { name: step.name }), state);
      case "step-start":
        return patch(state, event.step, { status: "running", startedMs: event.timeMs });
      case "step-cached":
        return patch(state, event.step, { status: "cached", startedMs: event.timeMs, endedMs: event.timeMs });
      case "step-output":
        return appendTail(state, event.step, decode(event));
      case "step-done":
        return patch(state, event.step, { status: "done", endedMs: event.timeMs });
      case "step-failed":
        return patch(state, event.step, { status: "failed", endedMs: event.timeMs });
      case "step-cancelled":
        return patch(state, event.step, { status: "cancelled", endedMs: event.timeMs });
      case "task-start":
        return patch(state, event.id, { name: event.name, status: "running", startedMs: event.timeMs });
      case "task-done":
        return patch(state, event.id, { status: event.error ? "failed" : "done", endedMs: event.timeMs });
      case "transfer": {
        const { owner, what, doneBytes, totalBytes } = event;
        const transfers = new Map(state.rows.get(owner)?.transfers).set(what, {
          what,
          doneBytes,
          totalBytes,
        });
        return patch(state, owner, { transfers });
      }
      case "warning":
        // Those of the Dockerfile are listed when the build is over.
        return event.rule ? state : notice(state, `WARNING: ${event.message}`);
      case "notice":
        return notice(state, event.message);
      case "exported":
        return state;
    }
  };
}

function notice(state: BuildState, text: string): BuildState {
  return { ...state, said: [...state.said, { kind: "notice", text: printable(text) }] };
}

function patch(state: BuildState, id: string, change: Partial<RowState>): BuildState {
  const blank: RowState = {
    id,
    name: id,
    status: "waiting",
    startedMs: 0,
    endedMs: undefined,
    tail: [],
    transfers: new Map(),
  };
  const rows = new Map(state.rows);
  const row = { ...(rows.get(id) ?? blank), ...change };
  const isOver = change.endedMs !== undefined && rows.get(id)?.endedMs === undefined;
  rows.set(id, row);
  return { rows, said: isOver ? [...state.said, { kind: "row", row }] : state.said };
}

function appendTail(state: BuildState, id: string, lines: readonly string[]): BuildState {
  if (lines.length === 0) return state;
  return patch(state, id, { tail: [...(state.rows.get(id)?.tail ?? []), ...lines].slice(-tailLines) });
}

/** Output of a step must not steer the terminal: escape sequences and control characters go, a CR shows the last part. */
function printable(line: string): string {
  const shown = line.replace(/\r$/, "");
  return shown
    .slice(shown.lastIndexOf("\r") + 1)
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
}
