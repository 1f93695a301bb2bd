import { join } from "node:path";
import { mustRun, runCommand } from "../command.ts";
import { buildCase, type Builder, builtName } from "./peer.ts";

/** Debian's buildah on a store of its own; runc, because its crun wants version 2 of cgroups. */
export async function startBuildah(directory: string, baseArchive: string): Promise<Builder> {
  const storage = ["--root", join(directory, "buildah"), "--runroot", join(directory, "buildah-run")];
  const run = (args: readonly string[]) => runCommand("buildah", [...storage, ...args]);
  await mustRun("buildah", [...storage, "pull", `oci-archive:${baseArchive}`]);
  // The docker format keeps what the OCI one has no place for: HEALTHCHECK, SHELL, ONBUILD.
  const build = ["bud", "--layers", "--runtime", "runc", "--format", "docker", "--pull-never"];
  return {
    async build(each, written, archive) {
      const built = await buildCase({ run, build }, each, written);
      if (!built.succeeded) return built.text;
      await mustRun("buildah", [...storage, "push", "-q", builtName, `docker-archive:${archive}`]);
      return undefined;
    },
    async [Symbol.asyncDispose]() {
      // Unmounts what it keeps mounted, so that the directory can be removed.
      await run(["rm", "--all"]);
    },
  };
}
