import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent, StepId } from "@tsbuild/builder";
import { createRawJsonScreen } from "./rawjson.ts";

function documents(events: readonly BuildEvent[]): unknown[] {
  const lines: string[] = [];
  const screen = createRawJsonScreen((text) => lines.push(text));
  for (const event of events) screen.show(event);
  return lines.map((line) => JSON.parse(line) as unknown);
}

const step = "s" as StepId;

test("rawjson: a step keeps its name and start when it ends", () => {
  const [, , done] = documents([
    { kind: "plan", timeMs: 0, steps: [{ id: step, name: "[1/1] RUN x", stage: "s", inputs: [] }] },
    { kind: "step-start", timeMs: 1000, step },
    { kind: "step-done", timeMs: 2000, step },
  ]);
  assert.deepEqual(done, {
    vertexes: [
      {
        digest: "s",
        inputs: [],
        name: "[1/1] RUN x",
        started: "1970-01-01T00:00:01.000Z",
        completed: "1970-01-01T00:00:02.000Z",
      },
    ],
  });
});

test("rawjson: output is base64 with its stream", () => {
  const [log] = documents([
    { kind: "step-output", timeMs: 0, step, stream: "stderr", chunk: Buffer.from([0xff, 0x0a]) },
  ]);
  assert.deepEqual(log, {
    logs: [{ vertex: "s", stream: 2, data: "/wo=", timestamp: "1970-01-01T00:00:00.000Z" }],
  });
});

test("rawjson: a warning carries its rule, page and line", () => {
  const [document] = documents([
    {
      kind: "warning",
      timeMs: 0,
      rule: "StageNameCasing",
      message: "Stage name 'A' should be lowercase",
      location: { file: "Dockerfile", line: 3, column: 1 },
    },
  ]);
  const { warnings } = document as { warnings: { short: string; range: unknown }[] };
  assert.equal(
    Buffer.from(warnings[0]!.short, "base64").toString(),
    "StageNameCasing: Stage name 'A' should be lowercase (line 3)",
  );
  assert.deepEqual(warnings[0]!.range, [{ start: { line: 3 }, end: { line: 3 } }]);
});
