import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { installLine, missingPackages, testTools } from "./tools.ts";

/**
 * `npm test [SUITE ...]`: runs the suites this user can run and says at the end which ran.
 * unit: every other test · e2e: the command itself, as whoever runs it · root: needs uid 0 · subuid: needs an ordinary
 * user with a subuid range. A missing tool stops everything; it is never a skip.
 */
const suites = ["unit", "e2e", "root", "subuid"] as const;
type Suite = (typeof suites)[number];

const repository = join(import.meta.dirname, "..", "..");

function suiteOf(file: string): Suite | undefined {
  if (!file.endsWith(".test.ts")) return undefined;
  const special = suites.find((suite) => file.endsWith(`.${suite}.test.ts`));
  return special ?? "unit";
}

function testFiles(suite: Suite): string[] {
  const rooms = ["runner-native", "layers", "registry", "builder", "cli", "test-images"];
  return rooms
    .flatMap((room) =>
      readdirSync(join(repository, room), { recursive: true, encoding: "utf8" }).map((file) =>
        join(room, file),
      ),
    )
    .filter((file) => !file.includes("node_modules") && suiteOf(file) === suite)
    .sort()
    .map((file) => join(repository, file));
}

/** Why this user cannot run the suite; undefined when it can. */
function obstacle(suite: Suite): string | undefined {
  const root = process.getuid?.() === 0;
  switch (suite) {
    case "unit":
    case "e2e":
      return undefined;
    case "root":
      return root ? undefined : "needs root";
    case "subuid":
      if (root) return "needs an ordinary user";
      return hasSubuidRange() ? undefined : "needs a range in /etc/subuid";
  }
}

function hasSubuidRange(): boolean {
  const names = [process.env["USER"], process.env["LOGNAME"], String(process.getuid?.())];
  const lines = readFileSync("/etc/subuid", "utf8").split("\n");
  return lines.some((line) => names.includes(line.split(":")[0]));
}

async function runSuite(suite: Suite): Promise<{ passed: number; failed: number }> {
  const files = testFiles(suite);
  const counts = { passed: 0, failed: 0 };
  if (files.length === 0) return counts;
  // The root suite mounts, starts daemons and makes users: one file at a time.
  const stream = run({ files, concurrency: suite === "root" ? 1 : 2 });
  stream.on("test:summary", ({ file, success, counts: { passed, tests } }) => {
    if (file !== undefined) return;
    counts.passed = passed;
    // Skipped is failed; so is a hook that throws after its tests have passed.
    counts.failed = Math.max(tests - passed, success ? 0 : 1);
  });
  for await (const chunk of stream.compose(spec)) process.stdout.write(chunk as string);
  return counts;
}

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !suites.includes(name as Suite));
  if (unknown.length > 0) {
    console.error(`unknown suite ${unknown.join(", ")}; there are: ${suites.join(", ")}`);
    return 2;
  }
  const missing = missingPackages(testTools, process.env["PATH"] ?? "");
  if (missing.length > 0) {
    console.error(`the tests need more tools; as root run: npm run setup-tests\nor: ${installLine(missing)}`);
    return 2;
  }
  const report: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const suite of wanted.length > 0 ? (wanted as Suite[]) : suites) {
    const reason = obstacle(suite);
    if (reason !== undefined) {
      report.push(`suite ${suite}: not run, ${reason}`);
      continue;
    }
    const counts = await runSuite(suite);
    passed += counts.passed;
    failed += counts.failed;
    report.push(`suite ${suite}: ran, ${counts.passed} passed, ${counts.failed} failed`);
  }
  console.log(`\n${report.join("\n")}\n${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
