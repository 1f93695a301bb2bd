import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArgs } from "./args.ts";

const table = {
  tag: { kind: "list", short: "t", value: "NAME", help: "" },
  file: { kind: "value", short: "f", value: "PATH", help: "" },
  quiet: { kind: "flag", short: "q", help: "" },
  "no-cache": { kind: "flag", help: "" },
  sbom: { kind: "value", bare: "true", help: "" },
} as const;

for (const [name, args, want] of [
  ["separate value", ["--file", "D", "."], { options: { file: "D", tag: [] }, positional: ["."] }],
  ["joined value", ["--file=D=E"], { options: { file: "D=E", tag: [] }, positional: [] }],
  ["short value, apart and joined", ["-t", "a", "-tb"], { options: { tag: ["a", "b"] }, positional: [] }],
  ["short flags in one word", ["-qf", "D"], { options: { quiet: true, file: "D", tag: [] }, positional: [] }],
  ["flag with a value", ["--no-cache=false"], { options: { "no-cache": false, tag: [] }, positional: [] }],
  ["bare value", ["--sbom", "."], { options: { sbom: "true", tag: [] }, positional: ["."] }],
  ["a dash is a context", ["-"], { options: { tag: [] }, positional: ["-"] }],
  ["after -- nothing is an option", ["--", "--file"], { options: { tag: [] }, positional: ["--file"] }],
] as const) {
  test(`args: ${name}`, () => assert.deepEqual(parseArgs(args, table), want));
}

for (const [name, args, message] of [
  ["unknown with a suggestion", ["--no-cach"], /unknown option --no-cach/],
  ["unknown short", ["-z"], /unknown option -z/],
  ["missing value", ["--file"], /--file needs a value/],
  ["flag with nonsense", ["--quiet=maybe"], /neither true nor false/],
  ["a name from Object.prototype", ["--constructor"], /unknown option/],
] as const) {
  test(`args refused: ${name}`, () =>
    assert.throws(() => parseArgs(args, table), { code: "USAGE", message }));
}

test("args: the suggestion names the nearest option", () => {
  assert.throws(() => parseArgs(["--no-cach"], table), { hint: "did you mean --no-cache?" });
});

test("args: an option that a later version brings is refused by name, except after --", () => {
  const later = ["cache-to"];
  assert.throws(() => parseArgs(["--cache-to=type=inline"], table, { later }), {
    message: "--cache-to is not built yet",
  });
  assert.deepEqual(parseArgs(["--", "--cache-to"], table, { later }).positional, ["--cache-to"]);
});
