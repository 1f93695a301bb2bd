import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent, StepId } from "@tsbuild/builder";
import { createPlainScreen } from "./plain.ts";

const a = "a" as StepId;
const b = "b" as StepId;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const plan: BuildEvent = {
  kind: "plan",
  timeMs: 0,
  steps: [
    { id: a, name: "[build 1/2] FROM busybox", stage: "build", inputs: [] },
    { id: b, name: "[build 2/2] RUN make", stage: "build", inputs: [a] },
  ],
};

function shown(events: readonly BuildEvent[]): string {
  let text = "";
  const screen = createPlainScreen((chunk) => {
    text += chunk;
  });
  for (const event of events) screen.show(event);
  return text;
}

test("plain: a cached step, then one with output", () => {
  const text = shown([
    plan,
    { kind: "step-cached", timeMs: 1, step: a },
    { kind: "step-start", timeMs: 10, step: b },
    { kind: "step-output", timeMs: 133, step: b, stream: "stdout", chunk: bytes("hello\nwor") },
    { kind: "step-output", timeMs: 140, step: b, stream: "stdout", chunk: bytes("ld") },
    { kind: "step-done", timeMs: 210, step: b },
  ]);
  assert.equal(
    text,
    "#1 [build 1/2] FROM busybox\n#1 CACHED\n\n#2 [build 2/2] RUN make\n#2 0.123 hello\n#2 0.200 world\n#2 DONE 0.2s\n",
  );
});

test("plain: a step left while it runs is marked and named again", () => {
  const text = shown([
    plan,
    { kind: "step-start", timeMs: 0, step: a },
    { kind: "step-start", timeMs: 0, step: b },
    { kind: "step-done", timeMs: 100, step: a },
  ]);
  assert.equal(
    text,
    "#1 [build 1/2] FROM busybox\n#1 ...\n\n#2 [build 2/2] RUN make\n#2 ...\n\n#1 [build 1/2] FROM busybox\n#1 DONE 0.1s\n",
  );
});

test("plain: a character cut between two chunks is shown whole", () => {
  const text = shown([
    plan,
    { kind: "step-start", timeMs: 0, step: b },
    { kind: "step-output", timeMs: 0, step: b, stream: "stderr", chunk: bytes("é").subarray(0, 1) },
    { kind: "step-output", timeMs: 0, step: b, stream: "stderr", chunk: bytes("é\n").subarray(1) },
  ]);
  assert.match(text, /0\.000 é\n/);
});
