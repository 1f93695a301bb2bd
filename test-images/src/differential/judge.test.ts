import assert from "node:assert/strict";
import { test } from "node:test";
import type { Explanation } from "./explained/explanation.ts";
import { type Comparison, judge } from "./judge.ts";

const found: Comparison = {
  name: "a-case",
  peer: "docker",
  differences: [{ part: "layer", what: "1 COPY: f: mode 0644 | 0755" }],
  failure: undefined,
};
const explanation: Explanation = {
  peer: "docker",
  kind: "older",
  why: "It did so.",
  differences: { "a-case": ["layer 1 COPY: f: mode 0644 | 0755"] },
};

test("a difference that nobody explains fails and is shown", () => {
  const { succeeded, lines } = judge([found], []);
  assert.equal(succeeded, false);
  assert.deepEqual(lines.slice(0, 2), ["a-case docker: DIFFERENT", "  layer 1 COPY: f: mode 0644 | 0755"]);
});

test("an explained difference is counted by its kind", () => {
  const { succeeded, lines } = judge([found], [explanation]);
  assert.equal(succeeded, true);
  assert.ok(
    lines.includes(
      "docker: 1 cases compared, 0 equal; 1 differences: older 1, peer 0, limit 0, storage 0, ours 0",
    ),
  );
});

test("an explanation of what is not there fails", () => {
  const { succeeded, lines } = judge([{ ...found, differences: [] }], [explanation]);
  assert.equal(succeeded, false);
  assert.ok(lines.includes("explained, and not there: a-case docker: layer 1 COPY: f: mode 0644 | 0755"));
});

test("an explanation counts for its peer and its case alone", () => {
  for (const other of [{ peer: "buildah" }, { name: "another-case" }] as const)
    assert.equal(judge([{ ...found, ...other }], [explanation]).succeeded, false);
});

test("nothing compared is no success", () => assert.equal(judge([], []).succeeded, false));
