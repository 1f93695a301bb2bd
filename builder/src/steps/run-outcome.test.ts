import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunOutcome } from "@tsbuild/runner-native";
import type { RunStep } from "../graph/step.ts";
import { checkOutcome } from "./run-outcome.ts";

const step = { argv: ["/bin/sh", "-c", "do it"] } as unknown as RunStep;

const hint = (): undefined => undefined;

test("a process that ends well is no failure", () => {
  checkOutcome(step, { kind: "exit", code: 0 }, { tell: () => assert.fail("told something"), hint });
});

for (const [what, outcome, end] of [
  ["an exit code", { kind: "exit", code: 3 }, "exit code: 3"],
  ["a signal", { kind: "signal", signal: "SIGSEGV" }, "exit code: 139: killed by SIGSEGV"],

  ["a program that is not there", { kind: "not-started", code: 127, reason: "no such file" }, "exit code: 1"],
  ["too much memory", { kind: "limit", which: "memory" }, "exit code: 137: out of memory"],
  ["too much time", { kind: "limit", which: "time" }, "exit code: 124: it took too long"],
] as const satisfies readonly (readonly [string, RunOutcome, string])[])
  test(`${what} is told in BuildKit's words`, () => {
    const told: string[] = [];
    assert.throws(() => checkOutcome(step, outcome, { tell: (text) => told.push(text), hint }), {
      code: "RUN_FAILED",
      message: `process "/bin/sh -c do it" did not complete successfully: ${end}`,
    });
    assert.deepEqual(told, outcome.kind === "not-started" ? ["no such file\n"] : []);
  });

for (const [code, want] of [
  [1, "the disk is full"],
  [127, "127 means command not found: install it in an earlier RUN, or check its name and PATH"],
] as const)
  test(`exit code ${code} has the hint that fits it best`, () => {
    const surroundings = { tell: () => {}, hint: () => "the disk is full" };
    assert.throws(() => checkOutcome(step, { kind: "exit", code }, surroundings), { hint: want });
  });
