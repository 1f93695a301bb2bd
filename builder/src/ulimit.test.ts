import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsOf, parseUlimit } from "./ulimit.ts";

for (const [text, soft, hard] of [
  ["nofile=1024", 1024, 1024],
  ["nofile=1024:2048", 1024, 2048],
  ["core=0", 0, 0],
  ["core=-1", -1, -1],
  ["stack=8192:-1", 8192, -1],
] as const)
  test(`--ulimit ${text}`, () =>
    assert.deepEqual(parseUlimit(text), { name: text.split("=")[0], soft, hard }));

for (const [text, message] of [
  ["nofile", "invalid ulimit argument: nofile"],
  ["foo=1", "invalid ulimit type: foo"],
  ["NOFILE=1", "invalid ulimit type: NOFILE"],
  ["nofile=1:2:3", /^too many limit value arguments - 1:2:3/],
  ["nofile=2048:1024", "ulimit soft limit must be less than or equal to hard limit: 2048 > 1024"],
  ["nofile=-1:5", /soft: -1 \(unlimited\), hard: 5$/],
  ["nofile=a", /"a" is no whole number/],
  ["nofile=", /"" is no whole number/],
  ["nofile=1:", /"" is no whole number/],
  ["nofile=-2", /"-2" is no whole number/],
  ["nofile=1e3", /"1e3" is no whole number/],
] as const)
  test(`refused: --ulimit ${text}`, () =>
    assert.throws(() => parseUlimit(text), { code: "OPTION_INVALID", message }));

test("of limits with one name the last counts", () =>
  assert.deepEqual(limitsOf(["nofile=1", "core=2", "nofile=3"].map(parseUlimit)), [
    { type: "RLIMIT_NOFILE", soft: 3, hard: 3 },
    { type: "RLIMIT_CORE", soft: 2, hard: 2 },
  ]));
