import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent, StepId } from "@tsbuild/builder";
import { createFailureReport } from "./failure.ts";

const step = "s" as StepId;
const plan: BuildEvent = {
  kind: "plan",
  timeMs: 0,
  steps: [{ id: step, name: "[2/2] RUN x", stage: "s", inputs: [] }],
};
const failed: BuildEvent = { kind: "step-failed", timeMs: 2000, step, error: new Error("exit code: 1") };

function report(chunks: readonly string[]): string {
  const failure = createFailureReport();
  failure.observe(plan);
  failure.observe({ kind: "step-start", timeMs: 1000, step });
  for (const chunk of chunks)
    failure.observe({ kind: "step-output", timeMs: 1500, step, stream: "stderr", chunk: Buffer.from(chunk) });
  failure.observe(failed);
  return failure.text();
}

test("the report shows the step and what it printed last", () => {
  assert.equal(
    report(["one\ntw", "o\nlast"]),
    "------\n > [2/2] RUN x:\n0.500 one\n0.500 two\n0.500 last\n------\n",
  );
});

test("of much output the last lines are shown", () => {
  const text = report(["line\n".repeat(5000), "end\n"]);
  assert.equal(text.split("\n").filter((line) => line.startsWith("0.500")).length, 25);
  assert.match(text, /0\.500 end\n------\n$/);
});

test("a step that printed nothing has no report", () => assert.equal(report([]), ""));
