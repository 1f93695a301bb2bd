import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent, StepId } from "@tsbuild/builder";
import { renderToString } from "ink";
import { createElement } from "react";
import { createStateReducer, emptyState } from "./build-state.ts";
import { BuildView } from "./tty.ts";

const base = "base" as StepId;
const run = "run" as StepId;

function drawn(events: readonly BuildEvent[], nowMs: number, columns = 70): string {
  const state = events.reduce(createStateReducer(), emptyState);
  return renderToString(createElement(BuildView, { state, nowMs, startedMs: 0, hasColor: false }), {
    columns,
  });
}

const plan: BuildEvent = {
  kind: "plan",
  timeMs: 0,
  steps: [
    { id: base, name: "[1/2] FROM busybox", stage: "s", inputs: [] },
    { id: run, name: "[2/2] RUN make", stage: "s", inputs: [base] },
  ],
};

test("tty: what is over stands above, what runs shows its time and its tail", () => {
  const text = drawn(
    [
      plan,
      { kind: "step-cached", timeMs: 0, step: base },
      { kind: "step-start", timeMs: 1000, step: run },
      {
        kind: "step-output",
        timeMs: 1100,
        step: run,
        stream: "stdout",
        chunk: Buffer.from("one\ntwo\nhalf"),
      },
    ],
    3000,
  );
  assert.match(text, /=> CACHED \[1\/2\] FROM busybox/);
  assert.match(text, /Building 3\.0s \(1\/2\)/);
  assert.match(text, /=> \[2\/2\] RUN make 2\.0s\n {3}# one\n {3}# two/);
  assert.doesNotMatch(text, /half/);
});

test("tty: what ends first is said first, each once, whatever was mentioned first", () => {
  const text = drawn(
    [
      plan,
      { kind: "step-start", timeMs: 0, step: base },
      { kind: "step-start", timeMs: 0, step: run },
      { kind: "step-done", timeMs: 1000, step: run },
      { kind: "step-done", timeMs: 2000, step: base },
    ],
    2000,
  );
  assert.match(text, /=> \[2\/2\] RUN make 1\.0s\n => \[1\/2\] FROM busybox 2\.0s\n/);
});

for (const [columns, width] of [
  ["a narrow terminal", 40],
  ["a wide terminal", 200],
] as const)
  test(`tty: a long name loses its end on ${columns}, its time stays`, () => {
    const long = `RUN ${"apt-get install ".repeat(30)}`;
    const steps = [base, run].map((id, at) => ({
      id,
      name: `[${at + 1}/2] ${long}`,
      stage: "s",
      inputs: [],
    }));
    const lines = drawn(
      [
        { ...plan, steps },
        { kind: "step-start", timeMs: 0, step: base },
        { kind: "step-done", timeMs: 1000, step: base },
        { kind: "step-start", timeMs: 0, step: run },
      ],
      123_400,
      width,
    ).split("\n");
    const timed = lines.filter((line) => line.includes("=>"));
    assert.equal(timed.length, 2);
    assert.match(timed[0] ?? "", /^ => \[1\/2\] RUN apt-get .*… 1\.0s$/);
    assert.match(timed[1] ?? "", /=> \[2\/2\] RUN apt-get .*… 123\.4s$/);
    for (const line of timed) assert.equal(line.length, width);
  });

test("tty: a name of several lines is one line", () => {
  const steps = [{ id: run, name: "[1/1] RUN <<EOF\necho\nEOF", stage: "s", inputs: [] }];
  const text = drawn(
    [
      { ...plan, steps },
      { kind: "step-start", timeMs: 0, step: run },
    ],
    1000,
  );
  assert.match(text, /=> \[1\/1\] RUN <<EOF… 1\.0s$/);
});

test("tty: a transfer is a bar with sizes", () => {
  const text = drawn(
    [
      plan,
      { kind: "step-start", timeMs: 0, step: base },
      {
        kind: "transfer",
        timeMs: 5,
        owner: base,
        what: "sha256:abc",
        doneBytes: 500_000,
        totalBytes: 1_000_000,
      },
    ],
    10,
  );
  assert.match(text, /sha256:abc █{10}░{10} 500kB \/ 1MB/);
});

test("tty: output cannot steer the terminal", () => {
  const chunk = Buffer.from("\x1b[2J\x1b[31mred\x07\n10%\r20%\n");
  const text = drawn(
    [
      plan,
      { kind: "step-start", timeMs: 0, step: run },
      { kind: "step-output", timeMs: 0, step: run, stream: "stdout", chunk },
    ],
    10,
  );
  assert.match(text, /# red\n {3}# 20%/);
});
