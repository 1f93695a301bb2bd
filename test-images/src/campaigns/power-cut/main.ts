import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Chance, createChance } from "../chance.ts";
import { loadBase } from "../../load-base.ts";
import { expectJobs, type Job, type Workplace } from "../soak/builds.ts";
import { recipes, writeContext } from "../soak/recipes.ts";
import type { Aftermath } from "./after.ts";
import {
  cutPower,
  type FileSystem,
  fileSystems,
  makeDisk,
  makeShelf,
  mountDisk,
  type Shelf,
  syncDisk,
} from "./disk.ts";
import { type Cut, runSession } from "./session.ts";

/**
 * Power cuts: the disk of a store is copied at random moments of builds and prunes, as it is without what the kernel holds back; in the
 * next boot the store must be valid, have every image whose build had ended, and build the same again. Root only:
 * `node test-images/src/campaigns/power-cut/main.ts [--sessions 20] [--seed 1] [--file-system ext4|xfs|btrfs]`.
 */
const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    "file-system": { type: "string", default: "ext4" },
  },
});
const cutsOfASession = 6;
const kind = values["file-system"] as FileSystem;
if (!Object.hasOwn(fileSystems, kind))
  throw new Error(`--file-system is one of ${Object.keys(fileSystems).join(", ")}`);
const jobs: readonly Job[] = recipes.flatMap((recipe) => [1, 2].map((variant) => ({ recipe, variant })));

const counts = { problems: 0, named: 0 };

/** In a namespace where the kernel says that it has been started anew: trees that nobody synced are told by that. */
function askNextBoot(wanted: Aftermath): Promise<string[]> {
  const bootId = join(wanted.directory, "boot-id");
  writeFileSync(bootId, "00000000-0000-4000-8000-000000000000\n");
  const script = `mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"`;
  const after = [process.execPath, join(import.meta.dirname, "after.ts"), JSON.stringify(wanted)];
  return new Promise((resolve) => {
    const words = ["--mount", "sh", "-c", script, bootId, ...after];
    execFile("unshare", words, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve(error ? [`${stdout}${stderr}`] : stdout.split("\n").filter((line) => line !== "")),
    );
  });
}

async function judgeCut(at: Workplace, { disk, named }: Cut, job: Job): Promise<string[]> {
  using mounted = mountDisk(disk, join(at.directory, "cut"));
  return await askNextBoot({
    ...at,
    store: join(mounted.path, "store"),
    expected: [...at.expected],
    named,
    job: { recipe: job.recipe.name, variant: job.variant },
  });
}

async function session(at: Workplace, shelf: Shelf, number: number, by: Chance): Promise<string[]> {
  const disk = makeDisk(shelf, `disk-${number}`, kind);
  let cuts: readonly Cut[];
  {
    using mounted = mountDisk(disk, join(at.directory, "disk"));
    const store = join(mounted.path, "store");
    cpSync(join(at.directory, "template"), store, { recursive: true });
    syncDisk(store);
    let counter = 0;
    const cut = (): string => cutPower(shelf, disk, `cut-${number}-${counter++}`);
    cuts = await runSession(at, { store, jobs, cuts: cutsOfASession }, { cut, by });
  }
  const problems: string[] = [];
  for (const [index, each] of cuts.entries()) {
    counts.named += each.named.length;
    const found = await judgeCut(at, each, by.pick(jobs));
    problems.push(...found.map((problem) => `session ${number}, cut ${index}: ${problem}`));
    rmSync(each.disk);
  }
  rmSync(disk);
  return problems;
}

const directory = mkdtempSync(join(tmpdir(), "tsbuild-power-"));
const at: Workplace = { directory, context: join(directory, "context"), expected: new Map(), interruptMs: 0 };
try {
  mkdirSync(at.context);
  writeContext(at.context);
  for (const name of ["template", "pristine"]) await loadBase(join(directory, name), "busybox");
  await expectJobs(at, jobs, join(directory, "pristine"));
  using shelf = makeShelf(directory);
  for (let number = 0; number < Number(values.sessions); number++) {
    const problems = await session(at, shelf, number, createChance(Number(values.seed) * 1_000_003 + number));
    counts.problems += problems.length;
    for (const problem of problems) console.log(problem);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `${Number(values.sessions) * cutsOfASession} power cuts on ${kind}, ${counts.named} images to be there: ${counts.problems} problems`,
);
process.exitCode = counts.problems > 0 ? 1 : 0;
