import { cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createChance } from "../chance.ts";
import { loadBase } from "../../load-base.ts";
import { expectJobs, type Workplace } from "./builds.ts";
import { removeAll } from "./command.ts";
import { fullDiskRound } from "./full-disk.ts";
import { recipes, writeContext } from "./recipes.ts";
import { round } from "./round.ts";

/**
 * Builds that are killed, interrupted, pruned beside and starved of disk, round after round, on stores that must stay valid:
 * `node test-images/src/campaigns/soak/main.ts [--rounds 300] [--seed 1] [--full-disk 30]`. Full disks need root;
 * `--interrupt-ms` is for busy machines.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    "interrupt-ms": { type: "string", default: "2000" },
    "full-disk": { type: "string", default: "0" },
  },
});
/** After more of them most is cached, and too quick to be hit. */
const roundsOfAStore = 6;
const variants = [1, 2, 3];

const directory = mkdtempSync(join(tmpdir(), "tsbuild-soak-"));
const at: Workplace = {
  directory,
  context: join(directory, "context"),
  expected: new Map(),
  interruptMs: Number(values["interrupt-ms"]),
};
const jobs = recipes.flatMap((recipe) => variants.map((variant) => ({ recipe, variant })));
const problems: string[] = [];
const counts = { builds: 0, broken: 0 };

function report(title: string, found: readonly string[]): void {
  problems.push(...found);
  for (const problem of found) console.log(`${title}: ${problem}`);
}

try {
  mkdirSync(at.context);
  writeContext(at.context);
  const template = join(directory, "template");
  await loadBase(template, "busybox");
  const pristine = join(directory, "pristine");
  cpSync(template, pristine, { recursive: true });
  await expectJobs(at, jobs, pristine);
  for (let number = 0; number < Number(values.rounds); number++) {
    const seed = Number(values.seed) * 1_000_003 + number;
    const store = join(directory, `store-${Math.floor(number / roundsOfAStore)}`);
    if (number % roundsOfAStore === 0) {
      removeAll(join(directory, `store-${Math.floor(number / roundsOfAStore) - 1}`));
      cpSync(template, store, { recursive: true });
    }
    const { builds, broken, problems: found } = await round(at, store, jobs, createChance(seed));
    counts.builds += builds;
    counts.broken += broken;
    report(`round ${number}`, found);
    if (number % 10 === 9) console.log(`${number + 1} rounds, ${problems.length} problems`);
  }
  for (let number = 0; number < Number(values["full-disk"]); number++) {
    const by = createChance(Number(values.seed) * 1_000_033 + number);
    const store = join(directory, "small");
    report(`full disk ${number}`, await fullDiskRound(at, { template, store, job: by.pick(jobs) }, by));
  }
} finally {
  removeAll(directory);
}
console.log(`${counts.builds} builds at random moments, ${counts.broken} of them ended in the middle`);
console.log(`${values.rounds} rounds, ${values["full-disk"]} full disks: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
