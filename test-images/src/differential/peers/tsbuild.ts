import { join } from "node:path";
import { loadBase } from "../../load-base.ts";
import { differentialBase } from "../base.ts";
import { mustRun, runCommand } from "../command.ts";
import { buildCase, type Builder } from "./peer.ts";

const program = join(import.meta.dirname, "../../../../cli/bin/tsbuild.cjs");

/** The base as archives that the peers load. */
export interface BaseArchives {
  readonly docker: string;
  readonly oci: string;
}

export interface TsbuildBuilder extends Builder {
  readonly base: BaseArchives;
}

/** tsbuild on a store of its own, with the base in it; `options` go to every build. */
export async function startTsbuild(directory: string, options: readonly string[]): Promise<TsbuildBuilder> {
  const store = join(directory, "store");
  await loadBase(store, "busybox", differentialBase());
  const run = (args: readonly string[]) => runCommand(process.execPath, [program, ...args, "--root", store]);
  const base = { docker: join(directory, "base-docker.tar"), oci: join(directory, "base-oci.tar") };
  for (const format of ["docker", "oci"] as const)
    await mustRun(process.execPath, [
      program,
      "save",
      "--root",
      store,
      "--format",
      format,
      "-o",
      base[format],
      "busybox",
    ]);
  return {
    base,
    async build(each, written, archive) {
      const build = ["build", "--progress", "plain", ...options];
      const output = ["-o", `type=docker,dest=${archive}`];
      const built = await buildCase({ run, build, output }, each, written);
      return built.succeeded ? undefined : built.text;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
