import type { OciMount } from "@tsbuild/runner-native";
import type { RunMount, RunStep } from "../../graph/step.ts";
import type { SolvedInputs } from "../../solve/solver.ts";
import { bindMount } from "./bind-mount.ts";
import { type CacheDirectories, cacheMount, claimCaches } from "./cache-mount.ts";
import { inlineMount, secretMount } from "./file-mount.ts";
import { sshMount } from "./ssh-mount.ts";
import type { StepOptions } from "../step-tools.ts";

/** What `RUN --mount` adds to the container. */
export interface RunMounts {
  readonly mounts: readonly OciMount[];
  /** Secrets that are wanted as variables. */
  readonly env: readonly string[];
}

export interface MountOptions extends StepOptions {
  readonly step: RunStep;
  readonly inputs: SolvedInputs;
  /** What lives as long as the step. */
  readonly resources: AsyncDisposableStack;
}

/** Makes the mounts of a step ready, in their order; what they need is released with `resources`. */
export async function openMounts(
  step: RunStep,
  inputs: SolvedInputs,
  options: Pick<MountOptions, "tools" | "signal" | "resources">,
): Promise<RunMounts> {
  const all = { ...options, step, inputs };
  const caches = await claimCaches(all);
  const mounts: OciMount[] = [];
  const env: string[] = [];
  for (const mount of step.mounts) {
    const opened = await openMount(mount, caches, all);
    mounts.push(...opened.mounts);
    env.push(...opened.env);
  }
  return { mounts, env };
}

async function openMount(
  mount: RunMount,
  caches: CacheDirectories,
  options: MountOptions,
): Promise<RunMounts> {
  switch (mount.kind) {
    case "bind":
      return { mounts: [await bindMount(mount, options)], env: [] };
    case "cache":
      return { mounts: [cacheMount(mount, caches)], env: [] };
    case "secret":
      return secretMount(mount, options);
    case "inline":
      return { mounts: [inlineMount(mount, options)], env: [] };
    case "tmpfs": {
      const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
      const limits = ["nosuid", "nodev", "mode=1777", ...size];
      return {
        mounts: [{ destination: mount.target, type: "tmpfs", source: "tmpfs", options: limits }],
        env: [],
      };
    }
    case "ssh":
      return sshMount(mount, options);
  }
}
