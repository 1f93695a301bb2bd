import { setTimeout as delay } from "node:timers/promises";
import type { Chance } from "../chance.ts";
import { type Job, jobName, startJob, type Workplace } from "../soak/builds.ts";
import { runTsbuild } from "../soak/command.ts";

/** A moment of a session at which the power went. */
export interface Cut {
  readonly disk: string;
  /** Names of images whose builds had ended well before, and which nobody has removed since. */
  readonly named: readonly string[];
}

/** Builds and housework on one store, with cuts at random moments; `cut` makes one and gives its disk. */
export async function runSession(
  at: Workplace,
  { store, jobs, cuts }: { store: string; jobs: readonly Job[]; cuts: number },
  { cut, by }: { cut: () => string; by: Chance },
): Promise<Cut[]> {
  const named = new Set<string>();
  /** Odd while an image is being removed (with one worker at it). */
  const removals = new Map<string, number>();
  const made: Cut[] = [];
  let isOver = false;
  const cutting = async (): Promise<void> => {
    while (made.length < cuts && !isOver) {
      await delay(by.below(1500));
      const before = [...named];
      const disk = cut();
      // What was removed meanwhile may be there or not.
      made.push({ disk, named: before.filter((name) => named.has(name)) });
    }
  };
  const remove = async (name: string): Promise<void> => {
    named.delete(name);
    removals.set(name, (removals.get(name) ?? 0) + 1);
    await runTsbuild(store, ["rmi", name]);
    removals.set(name, (removals.get(name) ?? 0) + 1);
  };
  const build = async (job: Job): Promise<void> => {
    const name = jobName(job);
    const removed = removals.get(name) ?? 0;
    const running = startJob(at, job, store, by.below(2) === 0 ? ["--no-cache"] : []);
    const { code } = await running.ended;
    const isWhole = code === 0 && running.image() === at.expected.get(name);
    // Of a removal at the same time nobody knows which came last.
    if (isWhole && removed % 2 === 0 && removed === (removals.get(name) ?? 0)) named.add(name);
  };
  const working = async (): Promise<void> => {
    while (made.length < cuts) {
      const job = by.pick(jobs);
      const turn = by.below(12);
      if (turn < 9) await build(job);
      else if (turn === 9) await remove(jobName(job));
      else await runTsbuild(store, turn === 10 ? ["prune"] : ["prune", "--all"]);
    }
  };
  const ended = cutting();
  await Promise.all([working(), working(), ended]).finally(() => (isOver = true));
  return made;
}
