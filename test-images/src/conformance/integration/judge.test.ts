import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Built } from "./built.ts";
import type { RecordedBuild, RecordedCheck } from "./case.ts";
import type { HandCheck } from "./hand-check.ts";
import { judge, type Verdict } from "./judge.ts";

// Checks have more names than the type knows: those of the test framework.
const ofProgram = [{ equal: ["x", "go: img.Config.User"] }] as readonly object[] as readonly RecordedCheck[];
const passes: HandCheck = { rewrites: 1, check: () => undefined };
const fails: HandCheck = { rewrites: 1, check: () => assert.equal(1, 2) };
const left: HandCheck = {
  rewrites: 0,
  leaves: [{ matching: /img\.Config/, reason: "it is so" }],
  check: () => undefined,
};

/** Judges a build that succeeded and exported a file `name` with the text `content`. */
function judged(checks: readonly RecordedCheck[], hand?: HandCheck, expect: object = {}): Verdict {
  const output = mkdtempSync(join(tmpdir(), "tsbuild-judge-"));
  try {
    writeFileSync(join(output, "name"), "content");
    const build: RecordedBuild = { expect: { result: "success", ...expect }, checks };
    const built: Built = {
      place: {
        context: "",
        output,
        secrets: "",
        layout: undefined,
        values: new Map([["known()", "content"]]),
      },
      ended: { succeeded: true, text: "words", stdout: "" },
      earlier: new Map(),
      requests: [],
    };
    return judge(build, built, hand);
  } finally {
    rmSync(output, { recursive: true });
  }
}

const read = 'go: string(os.ReadFile(filepath.Join(destDir, "name")))';

for (const [name, checks, hand, problem] of [
  ["nothing to check", [], undefined, undefined],
  ["a check of the program that nobody accounts for", ofProgram, undefined, /0 are rewritten and 0 left/],
  ["one that is rewritten", ofProgram, passes, undefined],
  ["one that is rewritten, and does not hold", ofProgram, fails, /the check by hand/],
  ["one that is left", ofProgram, left, undefined],
  ["a rewritten check that the recording does not have", [], passes, /1 are rewritten/],
  ["a file with the recorded content", [{ file: "name", equals: "content" }], undefined, undefined],
  ["a file with other content", [{ file: "name", equals: "other" }], undefined, /holds "content"/],
  ["a file that is missing", [{ file: "none" }], undefined, /none is missing/],
  ["a file against a known value", [{ file: "name", equals: "go: known()" }], undefined, undefined],
  ["a file against a value of the program", [{ file: "name", equals: "go: other()" }], undefined, /1 checks/],
  ["text that a file is compared with", [{ equal: ["content", read] }], undefined, undefined],
  ["text that a file does not hold", [{ Contains: [read, "other"] }], undefined, /wanted contains "other"/],
  ["text that a file must not hold", [{ NotContains: [read, "tent"] }], undefined, /wanted lacks "tent"/],
  ["two files with each other", [{ not_equal: [read, read] }], undefined, /1 checks/],
] as const)
  test(`judge: ${name}`, () => {
    const found = judged(checks as readonly RecordedCheck[], hand).problem;
    if (problem === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", problem);
  });

test("judge: what was to fail and does not, and words that are missing", () => {
  assert.match(judged([], undefined, { result: "error" }).problem ?? "", /it succeeds/);
  assert.match(judged([], undefined, { error_contains: ["more words"] }).problem ?? "", /lacks "more words"/);
});

test("judge: checks are counted by how they were judged", () => {
  const checks = [...ofProgram, { NoError: ["go: cmd.Run()"] } as RecordedCheck, { file: "name" }];
  assert.deepEqual(judged(checks, passes).counts, { "from the recording": 3, "by hand": 1 });
  assert.deepEqual(judged(checks, left).counts, {
    "from the recording": 3,
    "by hand": 0,
    "left because it is so": 1,
  });
});
