import assert from "node:assert/strict";
import { test } from "node:test";
import { questionOf } from "./call.ts";

const none = { call: undefined, check: undefined, print: undefined };

for (const [name, given, expected] of [
  ["nothing is a build", {}, undefined],
  ["--call build is a build", { call: "build" }, undefined],
  ["the list of questions", { call: "subrequests.describe" }, { about: "subrequests", format: "text" }],
  ["--check", { check: true }, { about: "check", format: "text" }],
  ["--call check", { call: "check" }, { about: "check", format: "text" }],
  ["--call lint is its old name", { call: "lint" }, { about: "check", format: "text" }],
  ["as JSON", { call: "outline,format=json" }, { about: "outline", format: "json" }],
  [
    "--check says what --call says",
    { call: "check,format=json", check: true },
    { about: "check", format: "json" },
  ],
  ["--print graph", { print: "graph" }, { about: "graph", format: "json" }],
  ["--print dockerfile", { print: "dockerfile" }, { about: "dockerfile", format: "text" }],
] as const)
  test(`question: ${name}`, () => assert.deepEqual(questionOf({ ...none, ...given }), expected));

for (const [name, given, sentence] of [
  ["an unknown call", { call: "dance" }, /no call "dance"/],
  ["an unknown format", { call: "check,format=xml" }, /unknown form/],
  ["something else to print", { print: "money" }, /nothing to print/],
  ["two questions", { check: true, print: "graph" }, /different things/],
] as const)
  test(`question: ${name} is refused`, () =>
    assert.throws(() => questionOf({ ...none, ...given }), { code: "USAGE", message: sentence }));
