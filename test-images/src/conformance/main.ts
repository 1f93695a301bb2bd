import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Exception, exceptions } from "./exceptions.ts";
import { runReferenceConformance } from "./reference.ts";
import { canonical, type ConformanceSet } from "./row.ts";
import { chmodSets } from "./sets/chmod.ts";
import { dockerfileSets } from "./sets/dockerfiles.ts";
import { ignoreSets } from "./sets/ignore.ts";
import { integrationSet } from "./sets/integration.ts";
import { lintSets } from "./sets/lint.ts";
import { miscSets } from "./sets/misc.ts";
import { parserSets } from "./sets/parser.ts";
import { platformSets } from "./sets/platforms.ts";
import { compareRanges } from "./sets/ranges.ts";
import { shellSets } from "./sets/shell.ts";
import { unitSets } from "./sets/unit.ts";

const sets: readonly ConformanceSet[] = [
  ...parserSets,
  ...shellSets,
  ...ignoreSets,
  ...dockerfileSets,
  ...miscSets,
  ...lintSets,
  ...chmodSets,
  ...platformSets,
  ...unitSets,
  integrationSet,
];

interface SetResult {
  readonly name: string;
  readonly passed: number;
  readonly excepted: number;
  readonly failures: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

process.exitCode = await main();

/** Runs every set that the data directory holds; 1 when a row differs that is no exception. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: "../shared/conformance" },
      differences: { type: "string" },
      only: { type: "string" },
      without: { type: "string" },
      ranges: { type: "boolean", default: false },
    },
  });
  const data = resolve(values.data);
  if (!existsSync(data)) {
    console.error(`${data} is missing: name the directory with --data`);
    return 1;
  }
  const wanted = sets.filter(
    ({ name, needs }) =>
      existsSync(join(data, needs)) &&
      name.includes(values.only ?? "") &&
      !(values.without !== undefined && name.includes(values.without)),
  );
  const unused = new Set(exceptions);
  const results: SetResult[] = [];
  for (const set of wanted) results.push(await run(set, data, unused));
  if (existsSync(join(data, "reference")) && "reference".includes(values.only ?? ""))
    results.push(references(data));
  const ran = new Set(wanted.map(({ name }) => name));
  const stale = [...unused]
    .filter(({ set }) => ran.has(set))
    .map(({ set, row }) => `${set}: the exception for ${row} is not needed any more`);
  const differences = [...results.flatMap(({ failures }) => failures), ...stale];
  for (const { name, passed, excepted, failures, counts } of results) {
    console.log(`${name}: ${passed} passed, ${failures.length} failed, ${excepted} excepted`);
    for (const [kind, count] of Object.entries(counts)) console.log(`  ${count} checks ${kind}`);
  }
  for (const difference of differences) console.log(difference);
  if (values.differences !== undefined) writeFileSync(values.differences, differences.join("\n"));
  if (values.ranges) for (const line of await compareRanges(data)) console.log(line);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  console.log(`${passed} passed, ${differences.length} failed`);
  return differences.length === 0 ? 0 : 1;
}

async function run({ name, rows }: ConformanceSet, data: string, unused: Set<Exception>): Promise<SetResult> {
  let passed = 0;
  let excepted = 0;
  const failures: string[] = [];
  const counts: Record<string, number> = {};
  for await (const row of rows(data)) {
    const actual = canonical(row.actual);
    const expected = canonical(row.expected);
    const exception = exceptions.find((known) => known.set === name && known.row === row.name);
    if (actual === expected) {
      passed++;
      for (const [kind, count] of Object.entries(row.counts ?? {}))
        counts[kind] = (counts[kind] ?? 0) + count;
    } else if (exception !== undefined && exception.problem?.test(actual) !== false) {
      unused.delete(exception);
      excepted++;
    } else
      failures.push(`${name}: ${JSON.stringify(row.name)}\n  expected ${expected}\n  but got  ${actual}`);
  }
  return { name, passed, excepted, failures, counts };
}

function references(data: string): SetResult {
  const { passed, failed } = runReferenceConformance(data);
  return {
    name: "reference",
    passed,
    excepted: 0,
    failures: failed.map((line) => `reference: ${line}`),
    counts: {},
  };
}
