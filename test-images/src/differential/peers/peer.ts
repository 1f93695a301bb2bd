import type { DifferentialCase } from "../case.ts";
import type { Finished } from "../command.ts";
import type { WrittenCase } from "../context.ts";

export type PeerName = "buildah" | "docker";

/** A program that builds images. */
export interface Builder extends AsyncDisposable {
  /** Writes the built image to `archive` in docker's format. What it said when the build failed, else undefined. */
  build(each: DifferentialCase, written: WrittenCase, archive: string): Promise<string | undefined>;
}

/** The name of the image that a case builds. */
export const builtName = "differential";

export interface BuildCommand {
  readonly run: (args: readonly string[]) => Promise<Finished>;
  /** The command and options of every build. */
  readonly build: readonly string[];
  /** Of the build of the case itself, not of the base it may have. */
  readonly output?: readonly string[];
}

/** Builds the base of a case, if it has one of its own, and the case itself: the build that failed, or the last one. */
export async function buildCase(
  { run, build, output = [] }: BuildCommand,
  each: DifferentialCase,
  { context, dockerfile, base }: WrittenCase,
): Promise<Finished> {
  if (base !== undefined) {
    const made = await run([...build, "-f", base, "-t", "differential-base", context]);
    if (!made.succeeded) return made;
  }
  const options = [...commonOptions(each), ...output];
  return run([...build, ...options, "-f", dockerfile, "-t", builtName, context]);
}

/** The options that all of them know. */
function commonOptions({ buildArgs = {}, target }: DifferentialCase): string[] {
  const values = Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  return [...values, ...(target === undefined ? [] : ["--target", target])];
}
