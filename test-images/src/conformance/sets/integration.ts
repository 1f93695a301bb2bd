import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alpineBase } from "../integration/alpine-files.ts";
import { testBase } from "../integration/base-files.ts";
import { loadBase } from "../../load-base.ts";
import type { RecordedTest } from "../integration/case.ts";
import { handChecks } from "../integration/checks/all.ts";
import { corrections } from "../integration/corrections.ts";
import { runTest } from "../integration/run-test.ts";
import { type ConformanceSet, type Row, readJson } from "../row.ts";

/** Tests at a time. */
const parallel = 2;

/** The bases that the tests name; a busybox made here stands in for alpine. */
const bases = { busybox: testBase, alpine: alpineBase };

/** BuildKit's own tests of its Dockerfile frontend: every build runs through the command, with bases made here. */
export const integrationSet: ConformanceSet = {
  name: "buildkit-integration",
  needs: "buildkit-integration/tests.json",
  rows: runTests,
};

async function* runTests(data: string): AsyncIterable<Row> {
  if (process.getuid?.() !== 0)
    throw new Error(
      "buildkit-integration compares owners, so it has to run as root; or leave it out: --without",
    );
  const tests = readJson<readonly RecordedTest[]>(data, integrationSet.needs);
  const store = mkdtempSync(join(tmpdir(), "tsbuild-integration-store-"));
  // What runs is what a user runs; one that is older than the source would prove nothing.
  execFileSync(process.execPath, [join(import.meta.dirname, "../../../../cli/build.mjs")]);
  try {
    for (const [name, files] of Object.entries(bases)) await loadBase(store, name, files());
    const results = new Map<string, readonly Row[]>();
    const queue = tests.values();
    const worker = async (): Promise<void> => {
      for (const test of queue) results.set(test.test, await runTest(test, store));
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    for (const { test } of tests) yield* results.get(test) ?? [];
    yield* unknownNames(tests);
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

/** A row for each thing written by hand that is about no recorded build: a misspelt name would check nothing. */
function* unknownNames(tests: readonly RecordedTest[]): Iterable<Row> {
  const names = new Set(tests.flatMap(({ test, builds }) => builds.map((_, index) => `${test} ${index}`)));
  for (const name of [...Object.keys(handChecks), ...Object.keys(corrections)])
    if (!names.has(name)) yield { name, actual: "written by hand", expected: "a build of the recording" };
}
