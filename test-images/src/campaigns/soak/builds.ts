import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Ended, type Running, runTsbuild, startTsbuild } from "./command.ts";
import type { Recipe } from "./recipes.ts";

/** A recipe with its argument: builds with the same name give the same image. */
export interface Job {
  readonly recipe: Recipe;
  readonly variant: number;
}

export interface Workplace {
  readonly directory: string;
  readonly context: string;
  /** The image each job gave in a store where nothing had happened. */
  readonly expected: Map<string, string>;
  /** In this time a build ends that is interrupted. */
  readonly interruptMs: number;
}

export interface JobRun extends Running {
  /** The image it made; undefined when it was not named. */
  image(): string | undefined;
}

export const jobName = ({ recipe, variant }: Job): string => `${recipe.name}-${variant}`;

let counter = 0;

/** Starts the build of a job; `more` are further words of the command line. */
export function startJob(at: Workplace, job: Job, store: string, more: readonly string[] = []): JobRun {
  const output = join(at.directory, `output-${counter++}`);
  const idFile = `${output}.id`;
  const file = join(at.context, `${job.recipe.name}.Dockerfile`);
  const names = ["--iidfile", idFile, "-t", jobName(job)];
  const inputs = ["--build-arg", `VARIANT=${job.variant}`, "-f", file, at.context];
  const options = ["--progress", "plain", "--reproducible", ...job.recipe.options(output), ...more];
  const running = startTsbuild(store, ["build", ...options, ...names, ...inputs]);
  return {
    ...running,
    image: () => {
      const image = readIfThere(idFile);
      for (const path of [output, idFile]) rmSync(path, { recursive: true, force: true });
      return image;
    },
  };
}

/** Runs a job to its end: a sentence when it did not give the image it should. */
export async function judgeJob(at: Workplace, job: Job, store: string): Promise<string | undefined> {
  const running = startJob(at, job, store);
  return judge(at, job, await running.ended, running.image());
}

export function judge(at: Workplace, job: Job, ended: Ended, image: string | undefined): string | undefined {
  const wanted = at.expected.get(jobName(job));
  if (ended.code !== 0) return `${jobName(job)} ended with ${ended.code ?? ended.signal}:\n${ended.stderr}`;
  return image === wanted ? undefined : `${jobName(job)} gave ${image}, not ${wanted}:\n${ended.stderr}`;
}

export async function expectJobs(at: Workplace, jobs: readonly Job[], store: string): Promise<void> {
  for (const job of jobs) {
    const running = startJob(at, job, store);
    const { code, stderr } = await running.ended;
    const image = running.image();
    if (code !== 0 || image === undefined) throw new Error(`${jobName(job)} cannot be built:\n${stderr}`);
    at.expected.set(jobName(job), image);
  }
  await runTsbuild(store, ["prune", "--all"]);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // The build did not come so far.
    return undefined;
  }
}
