import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createChance } from "../chance.ts";
import { attackWithArchives, attackWithDocuments } from "./documents.ts";
import type { Tally } from "./judge.ts";
import { attackWithTars } from "./tars.ts";

/**
 * Damaged and malicious inputs through reader, index and extraction, and through the parsers of documents and archives:
 * `node test-images/src/campaigns/evil/main.ts [--runs 100000] [--seed 1]`. As root it runs in a mount namespace where nothing but
 * its own directory can be written, so that a write elsewhere is an error of its own.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    inside: { type: "string" },
  },
});
/** More than a parser of a few megabytes may ever want. */
const maxMemoryMiB = 400;

/** Starts this script again where the root is read-only; the directory is a tmpfs of its own. */
function confine(directory: string): number {
  const script = `mount -t tmpfs none "$0" && mount -o remount,bind,ro / && exec "$@"`;
  const again = [process.execPath, import.meta.filename, ...process.argv.slice(2), "--inside", directory];
  const { status } = spawnSync("unshare", ["--mount", "sh", "-c", script, directory, ...again], {
    stdio: "inherit",
  });
  return status ?? 1;
}

async function attack(directory: string): Promise<number> {
  const runs = Number(values.runs);
  const by = createChance(Number(values.seed));
  const work = join(directory, "work");
  mkdirSync(work);
  const attacks: readonly (readonly [string, () => Promise<Tally>])[] = [
    ["documents", () => attackWithDocuments(runs, by)],
    ["archives", () => attackWithArchives(work, Math.ceil(runs / 5), by)],
    ["layers", () => attackWithTars(work, runs, by)],
  ];
  let count = 0;
  for (const [name, run] of attacks) {
    const { codes, problems } = await run();
    for (const problem of problems.slice(0, 20)) console.log(`${name}: ${problem}`);
    console.log(`${name}: ${[...codes].map(([code, times]) => `${times} ${code}`).join(", ")}`);
    count += problems.length;
  }
  const memoryMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${count} problems, at most ${memoryMiB} MiB of memory`);
  return count > 0 || memoryMiB > maxMemoryMiB ? 1 : 0;
}

if (values.inside !== undefined) process.exitCode = await attack(values.inside);
else {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-evil-"));
  try {
    process.exitCode = process.getuid?.() === 0 ? confine(directory) : await attack(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
