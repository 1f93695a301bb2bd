import { StringDecoder } from "node:string_decoder";
import type { BuildEvent } from "@tsbuild/builder";
import { formatSeconds, formatSize } from "../format.ts";
import type { Screen } from "./screen.ts";

interface Row {
  readonly number: number;
  readonly name: string;
  startedMs: number;
  /** Output of the step after its last line end. */
  readonly rest: Map<string, string>;
  readonly decoder: Map<string, StringDecoder>;
  /** Transfers already said to be complete. */
  readonly said: Set<string>;
}

/** Progress as lines, in the form BuildKit's plain progress has: `#N name`, `#N 0.123 output`, `#N DONE 0.1s`. */
export function createPlainScreen(write: (text: string) => void): Screen {
  const names = new Map<string, string>();
  const rows = new Map<string, Row>();
  let current: Row | undefined;
  let unfinished = new Set<Row>();

  const row = (id: string, timeMs: number): Row => {
    const known = rows.get(id);
    if (known) return known;
    const made: Row = {
      number: rows.size + 1,
      name: names.get(id) ?? id,
      startedMs: timeMs,
      rest: new Map(),
      decoder: new Map(),
      said: new Set(),
    };
    rows.set(id, made);
    return made;
  };

  const line = (id: string, timeMs: number, text: string): void => {
    const target = row(id, timeMs);
    if (current !== target) {
      if (current) write(unfinished.has(current) ? `#${current.number} ...\n\n` : "\n");
      write(`#${target.number} ${target.name}\n`);
      current = target;
    }
    if (text !== "") write(`#${target.number} ${text}\n`);
  };

  const begin = (id: string, timeMs: number): void => {
    row(id, timeMs).startedMs = timeMs;
    unfinished.add(row(id, timeMs));
    line(id, timeMs, "");
  };

  const finish = (id: string, timeMs: number, text: string): void => {
    unfinished.delete(row(id, timeMs));
    flush(id, timeMs);
    line(id, timeMs, text);
  };

  const output = (event: BuildEvent & { kind: "step-output" }): void => {
    const target = row(event.step, event.timeMs);
    const decoder = target.decoder.get(event.stream) ?? new StringDecoder("utf8");
    target.decoder.set(event.stream, decoder);
    const text = (target.rest.get(event.stream) ?? "") + decoder.write(Buffer.from(event.chunk));
    const lines = text.split("\n");
    target.rest.set(event.stream, lines.pop() ?? "");
    for (const each of lines) line(event.step, event.timeMs, stamp(target, event.timeMs, each));
  };

  const flush = (id: string, timeMs: number): void => {
    const target = row(id, timeMs);
    for (const rest of target.rest.values()) if (rest !== "") line(id, timeMs, stamp(target, timeMs, rest));
    target.rest.clear();
  };

  const elapsed = (id: string, timeMs: number): string => formatSeconds(timeMs - row(id, timeMs).startedMs);

  const transfer = (event: BuildEvent & { kind: "transfer" }): void => {
    const target = row(event.owner, event.timeMs);
    if (event.totalBytes === undefined || event.doneBytes < event.totalBytes || target.said.has(event.what))
      return;
    target.said.add(event.what);
    line(event.owner, event.timeMs, `${event.what} ${formatSize(event.doneBytes)} done`);
  };

  const show = (event: BuildEvent): void => {
    switch (event.kind) {
      case "plan":
        for (const step of event.steps) names.set(step.id, step.name);
        return;
      case "step-start":
        return begin(event.step, event.timeMs);
      case "step-cached":
        return finish(event.step, event.timeMs, "CACHED");
      case "step-output":
        return output(event);
      case "step-done":
        return finish(event.step, event.timeMs, `DONE ${elapsed(event.step, event.timeMs)}`);
      case "step-failed":
        return finish(event.step, event.timeMs, `ERROR: ${event.error.message}`);
      case "step-cancelled":
        return finish(event.step, event.timeMs, "CANCELED");
      case "task-start":
        names.set(event.id, event.name);
        return begin(event.id, event.timeMs);
      case "task-done":
        return finish(
          event.id,
          event.timeMs,
          event.error ? `ERROR: ${event.error.message}` : `DONE ${elapsed(event.id, event.timeMs)}`,
        );
      case "transfer":
        return transfer(event);
      case "warning":
        // Those of the Dockerfile are listed when the build is over.
        return event.rule ? undefined : write(`\nWARNING: ${event.message}\n`);
      case "notice":
        return write(`\n${event.message}\n`);
      case "exported":
        return;
    }
  };

  return {
    show,
    close: () => {
      if (current) write("\n");
      current = undefined;
      unfinished = new Set();
      return Promise.resolve();
    },
  };
}

function stamp(row: Row, timeMs: number, text: string): string {
  return `${((timeMs - row.startedMs) / 1000).toFixed(3)} ${text.replace(/\r$/, "")}`;
}
