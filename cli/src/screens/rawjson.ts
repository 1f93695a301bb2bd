import type { BuildEvent } from "@tsbuild/builder";
import type { Screen } from "./screen.ts";
import { vertexWarning } from "./vertex-warning.ts";

/**
 * One JSON object a line with the fields of BuildKit's SolveStatus: `vertexes`, `statuses`, `logs`, `warnings`.
 * Output of steps is base64, as Go writes bytes.
 */
export function createRawJsonScreen(write: (text: string) => void): Screen {
  const known = new Map<string, Vertex>();
  const emit = (document: object): void => write(`${JSON.stringify(document)}\n`);
  const update = (digest: string, change: Partial<Vertex>): void => {
    const vertex = { ...(known.get(digest) ?? { digest, name: digest }), ...change };
    known.set(digest, vertex);
    emit({ vertexes: [vertex] });
  };
  const show = (event: BuildEvent): void => {
    const at = new Date(event.timeMs).toISOString();
    switch (event.kind) {
      case "plan": {
        for (const step of event.steps)
          known.set(step.id, { digest: step.id, inputs: [...step.inputs], name: step.name });
        return emit({ vertexes: [...known.values()] });
      }
      case "step-start":
        return update(event.step, { started: at });
      case "step-cached":
        return update(event.step, { started: at, completed: at, cached: true });
      case "step-done":
        return update(event.step, { completed: at });
      case "step-failed":
        return update(event.step, { completed: at, error: event.error.message });
      case "step-cancelled":
        return update(event.step, { completed: at, error: "context canceled" });
      case "task-start":
        return update(event.id, { name: event.name, started: at });
      case "task-done":
        return update(event.id, { completed: at, ...(event.error ? { error: event.error.message } : {}) });
      case "step-output":
        return emit({ logs: [logOf(event, at)] });
      case "transfer":
        return emit({ statuses: [statusOf(event, at)] });
      case "warning":
        return emit({ warnings: [vertexWarning(event)] });
      case "notice":
        return emit({ warnings: [{ level: 1, short: Buffer.from(event.message).toString("base64") }] });
      case "exported":
        return;
    }
  };
  return { show, close: () => Promise.resolve() };
}

interface Vertex {
  readonly digest: string;
  readonly inputs?: readonly string[];
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

function logOf(event: BuildEvent & { kind: "step-output" }, timestamp: string): object {
  return {
    vertex: event.step,
    stream: event.stream === "stdout" ? 1 : 2,
    data: Buffer.from(event.chunk).toString("base64"),
    timestamp,
  };
}

function statusOf(event: BuildEvent & { kind: "transfer" }, timestamp: string): object {
  return {
    id: event.what,
    vertex: event.owner,
    name: "transferring",
    total: event.totalBytes ?? 0,
    current: event.doneBytes,
    timestamp,
    ...(event.doneBytes === event.totalBytes ? { completed: timestamp } : {}),
  };
}
