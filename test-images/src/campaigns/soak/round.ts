import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Chance } from "../chance.ts";
import { type Job, jobName, judge, judgeJob, startJob, type Workplace } from "./builds.ts";
import { type Ended, launcher, runTsbuild } from "./command.ts";
import { type Fault, faults, inflict } from "./faults.ts";
import { leftoversOf } from "./leftovers.ts";

const checker = join(import.meta.dirname, "check-store.ts");

interface Victim {
  readonly job: Job;
  readonly fault: Fault;
  readonly ended: Ended;
  readonly afterMs: number;
  readonly image: string | undefined;
}

export interface RoundResult {
  readonly builds: number;
  /** Those that did not come to their end. */
  readonly broken: number;
  readonly problems: readonly string[];
}

/** Several builds at once on one store, each with a fault of its own, and housekeeping beside them; then everything is checked. */
export async function round(
  at: Workplace,
  store: string,
  jobs: readonly Job[],
  by: Chance,
): Promise<RoundResult> {
  const count = 1 + by.below(3);
  const victims = Array.from({ length: count }, () => victim(at, store, by.pick(jobs), by));
  const housekeeping = housework(store, jobs, by);
  const ended = await Promise.all(victims);
  const problems = [...ended.flatMap((each) => problemsOf(at, each)), ...(await housekeeping)];
  problems.push(...(await leftoversOf(store)));
  if (ended.every(({ fault }) => fault === "interrupt" || fault === "none"))
    problems.push(...readdirSync(join(store, "tmp")).map((name) => `tmp/${name} is left without any kill`));
  problems.push(...(await checkStore(store)));
  if (by.below(2) === 0) {
    const problem = await judgeJob(at, (ended[0] as Victim).job, store);
    if (problem !== undefined) problems.push(`afterwards ${problem}`);
  }
  const story = ended.map(
    (each) => `${jobName(each.job)} ${each.fault} after ${Math.round(each.afterMs)} ms`,
  );
  return {
    builds: count,
    broken: ended.filter((each) => each.ended.code !== 0).length,
    problems: problems.map((problem) => `[${story.join("; ")}] ${problem}`),
  };
}

async function victim(at: Workplace, store: string, job: Job, by: Chance): Promise<Victim> {
  const fault = by.pick(faults);
  const more = by.below(3) === 0 ? ["--no-cache"] : by.below(6) === 0 ? ["--snapshotter", "copy"] : [];
  const afterMs = by.below(1500);
  const running = startJob(at, job, store, more);
  await Promise.race([delay(afterMs), running.ended]);
  const struck = performance.now();
  inflict(fault, running.pid, by);
  const ended = await running.ended;
  return {
    job,
    fault,
    ended: { ...ended, tookMs: performance.now() - struck },
    afterMs,
    image: running.image(),
  };
}

function problemsOf(at: Workplace, { job, fault, ended, image }: Victim): string[] {
  const name = jobName(job);
  const problems: string[] = [];
  if (/^\s+at /m.test(ended.stderr)) problems.push(`${name} printed a stack:\n${ended.stderr}`);
  if (ended.code === 0 || fault === "none") {
    const problem = judge(at, job, ended, image);
    if (problem !== undefined) problems.push(problem);
  }
  if (fault === "interrupt" && ended.tookMs > at.interruptMs)
    problems.push(`${name} took ${Math.round(ended.tookMs)} ms to end after SIGINT`);
  if (fault === "interrupt" && ended.code !== 0 && ended.code !== 130 && ended.signal !== "SIGINT")
    problems.push(`${name} ended with ${ended.code} after SIGINT:\n${ended.stderr}`);
  return problems;
}

/** Commands that change the store while it is built in. */
async function housework(store: string, jobs: readonly Job[], by: Chance): Promise<string[]> {
  const words = by.pick([
    undefined,
    undefined,
    ["images"],
    ["prune"],
    ["prune", "--all"],
    ["rmi", jobName(by.pick(jobs))],
  ]);
  if (words === undefined) return [];
  await delay(by.below(1500));
  const { code, stderr } = await runTsbuild(store, words);
  const isFine = code === 0 || (words[0] === "rmi" && /no image|not in|is not/i.test(stderr));
  return isFine ? [] : [`tsbuild ${words.join(" ")} ended with ${code}:\n${stderr}`];
}

/** In a process of its own, so that it opens the store as any command does; of an ordinary user in the namespace that trees belong to. */
export function checkStore(store: string): Promise<string[]> {
  const check = [process.execPath, checker, store];
  const words = process.getuid?.() === 0 ? check : [process.execPath, launcher, "unshare", ...check];
  return new Promise((resolve) => {
    execFile(words[0] as string, words.slice(1), { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const lines = stdout.split("\n").filter((line) => line !== "");
      resolve(error && lines.length === 0 ? [`the store cannot be checked: ${stderr}`] : lines);
    });
  });
}
