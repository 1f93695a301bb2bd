import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measure, median, type Sample } from "./measure.ts";
import { buildahContender, type Contender, type Row, rows, tsbuildContender, type Workload } from "./rows.ts";
import { type Stage, setStage } from "./stage.ts";

/**
 * `npm run bench [-- --data DIR --work DIR --runs N ROW ...]`: tsbuild and buildah in one run, interleaved, each row's
 * median wall and CPU seconds, the ratio of the walls and tsbuild's peak memory. Needs root; makes its own file system and registry.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: "string", default: "../shared/bench" },
      work: { type: "string" },
      runs: { type: "string", default: "5" },
      peer: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  const wanted = rows.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const work = values.work ?? mkdtempSync(join(tmpdir(), "tsbuild-bench-"));
  const command = join(import.meta.dirname, "..", "..", "..", "cli", "bin", "tsbuild.cjs");
  const contenders = [tsbuildContender(command), ...(values.peer ? [buildahContender] : [])];
  try {
    await using stage = await setStage({ data: values.data, work, rows: wanted.map(({ name }) => name) });
    console.log("row      required   tsbuild     cpu    MB   buildah     cpu   ratio   load   what");
    for (const row of wanted) console.log(await runRow(row, contenders, stage, Number(values.runs)));
  } finally {
    if (values.work === undefined) rmSync(work, { recursive: true, force: true });
  }
}

async function runRow(
  row: Row,
  contenders: readonly Contender[],
  stage: Stage,
  runs: number,
): Promise<string> {
  const context = join(stage.workloads, row.folder);
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const shared = stage.store(row.name);
  const load = loadavg()[0] ?? 0;
  for (let run = 0; run <= runs; run++)
    for (const contender of contenders) {
      // The first round warms the page cache and, where the row wants it, the contender's own cache.
      const fresh = row.before === "empty" || (row.before === "base" && row.cache !== "ignore");
      const store = fresh ? stage.store(`${row.name}-${contender.name}-${run}`) : shared;
      const workload: Workload = {
        context,
        dockerfile: join(context, row.dockerfile ?? "Dockerfile"),
        store,
        tag: `bench-${row.name.toLowerCase()}`,
        cache: row.cache ?? "use",
      };
      if (fresh && row.before === "base") await pullBase(contender, workload, stage);
      if (run > 0) row.change?.(context, run);
      const sample = await measure(contender.build(workload));
      if (run > 0) samples.get(contender.name)?.push(sample);
      if (fresh) rmSync(store, { recursive: true, force: true });
    }
  return line(row, samples, load);
}

/** Puts the base image into a fresh store without running the workload. */
async function pullBase(contender: Contender, workload: Workload, stage: Stage): Promise<void> {
  const from = /^FROM (\S+)/m.exec(readFileSync(workload.dockerfile, "utf8"))?.[1] ?? "";
  const context = stage.store("base-only");
  const dockerfile = join(context, "Dockerfile");
  writeFileSync(dockerfile, `FROM ${from}\nRUN true\n`);
  await measure(contender.build({ ...workload, context, dockerfile, tag: "bench-base" }));
}

function line(row: Row, samples: ReadonlyMap<string, readonly Sample[]>, load: number): string {
  const medianOf = (name: string, value: (sample: Sample) => number): number =>
    median((samples.get(name) ?? []).map(value));
  const walls = (name: string): number => medianOf(name, ({ wallSeconds }) => wallSeconds);
  const cpu = (name: string): number => medianOf(name, ({ cpuSeconds }) => cpuSeconds);
  const own = walls("tsbuild");
  const peer = walls("buildah");
  const peak = Math.max(...(samples.get("tsbuild") ?? []).map(({ peakMegabytes }) => peakMegabytes));
  const cells = [
    row.name.padEnd(8),
    row.requiredSeconds.toFixed(2).padStart(8),
    own.toFixed(3).padStart(9),
    cpu("tsbuild").toFixed(2).padStart(7),
    peak.toFixed(0).padStart(5),
    figure(peer, 3).padStart(9),
    figure(cpu("buildah"), 2).padStart(7),
    figure(own / peer, 3).padStart(7),
    load.toFixed(2).padStart(6),
  ];
  return `${cells.join(" ")}   ${row.what}`;
}

/** Of a contender that was left out there is none. */
function figure(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}

await main();
