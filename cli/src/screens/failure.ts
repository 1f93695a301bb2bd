import { StringDecoder } from "node:string_decoder";
import type { BuildEvent } from "@tsbuild/builder";

/** How much of a failed step's output is shown again at the end. */
const lastLines = 25;
/** Enough for `lastLines` of any sane length; more output is not kept. */
const keptBytes = 64 * 1024;

interface StepOutput {
  name: string;
  startedMs: number;
  chunks: { readonly timeMs: number; readonly bytes: Buffer }[];
  size: number;
}

/** Remembers the end of each step's output, for the report of the step that failed. */
export interface FailureReport {
  observe(event: BuildEvent): void;
  /** `------`, the step, its last output, `------`; empty when no step failed or it printed nothing. */
  text(): string;
}

export function createFailureReport(): FailureReport {
  const outputs = new Map<string, StepOutput>();
  let failed: StepOutput | undefined;
  return {
    observe: (event) => {
      if (event.kind === "plan")
        for (const { id, name } of event.steps) outputs.set(id, { name, startedMs: 0, chunks: [], size: 0 });
      else if (event.kind === "step-start")
        update(outputs, event.step, (output) => (output.startedMs = event.timeMs));
      else if (event.kind === "step-output")
        update(outputs, event.step, (output) => keep(output, event.timeMs, Buffer.from(event.chunk)));
      else if (event.kind === "step-done") outputs.delete(event.step);
      else if (event.kind === "step-failed") failed ??= outputs.get(event.step);
    },
    text: () => (failed === undefined || failed.size === 0 ? "" : render(failed)),
  };
}

function update(
  outputs: ReadonlyMap<string, StepOutput>,
  id: string,
  change: (output: StepOutput) => void,
): void {
  const output = outputs.get(id);
  if (output) change(output);
}

function keep(output: StepOutput, timeMs: number, bytes: Buffer): void {
  output.chunks.push({ timeMs, bytes });
  output.size += bytes.length;
  while (output.chunks.length > 1 && output.size - (output.chunks[0]?.bytes.length ?? 0) >= keptBytes)
    output.size -= output.chunks.shift()?.bytes.length ?? 0;
}

function render({ name, startedMs, chunks }: StepOutput): string {
  const lines: string[] = [];
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let restMs = startedMs;
  for (const { timeMs, bytes } of chunks) {
    const parts = (rest + decoder.write(bytes)).split("\n");
    rest = parts.pop() ?? "";
    restMs = timeMs;
    for (const part of parts) lines.push(stamp(timeMs - startedMs, part));
  }
  if (rest !== "") lines.push(stamp(restMs - startedMs, rest));
  return `------\n > ${name}:\n${lines.slice(-lastLines).join("\n")}\n------\n`;
}

function stamp(elapsedMs: number, line: string): string {
  return `${(elapsedMs / 1000).toFixed(3)} ${line.replace(/\r$/, "")}`;
}
