import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import type { Chance } from "../chance.ts";
import { type Job, jobName, judge, judgeJob, startJob, type Workplace } from "./builds.ts";
import { leftoversOf } from "./leftovers.ts";
import { checkStore } from "./round.ts";

/** The base alone takes this much; no build wants more than the second. */
const smallestKiB = 4096;
const largestKiB = 40_000;

/** A build on a store whose file system is too small by a random amount; then the file system grows, and it must succeed. Root only. */
export async function fullDiskRound(
  at: Workplace,
  { template, store, job }: { template: string; store: string; job: Job },
  by: Chance,
): Promise<string[]> {
  const size = smallestKiB + by.below(largestKiB - smallestKiB);
  mkdirSync(store, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "none", store]);
  try {
    cpSync(template, store, { recursive: true });
    const running = startJob(at, job, store, by.below(4) === 0 ? ["--snapshotter", "copy"] : []);
    const ended = await running.ended;
    const image = running.image();
    const problems = ended.code === 0 ? [judge(at, job, ended, image)] : [sayingOf(ended.stderr)];
    problems.push(...(await leftoversOf(store)));
    execFileSync("mount", ["-o", "remount,size=200m", store]);
    problems.push(...(await checkStore(store)), await judgeJob(at, job, store));
    return problems
      .filter((problem) => problem !== undefined)
      .map((problem) => `[${jobName(job)} on ${size} KiB] ${problem}`);
  } finally {
    execFileSync("umount", [store]);
    rmSync(store, { recursive: true });
  }
}

/** It says that the disk is full, in its own words or in those of the step's program. */
function sayingOf(stderr: string): string | undefined {
  if (/^\s+at /m.test(stderr)) return `it printed a stack:\n${stderr}`;
  return /is full|no space left/i.test(stderr)
    ? undefined
    : `it does not say that the disk is full:\n${stderr}`;
}
