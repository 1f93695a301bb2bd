import { constants } from "node:os";
import { errnoName } from "../sys/check.ts";
import type { RunOutcome, Runtime } from "../runtime.ts";
import { makeCgroup } from "../cgroup/cgroup.ts";
import { isInUserNamespace } from "../user-namespace/detect.ts";
import { encodeContainer } from "./encode.ts";
import { sandboxError } from "./explain.ts";
import { defaultHelperPath } from "./helper-binary.ts";
import { type HelperEnd, runHelper } from "./helper-run.ts";
import { createHelperSource } from "./helper-source.ts";
import { commandNotStarted, interpreterMissing } from "./not-started.ts";
import { overlayOptions } from "./overlay-options.ts";

export interface HelperRuntimeOptions {
  /** The compiled helper; by default where the sources' own build puts it. */
  readonly helperPath?: string;
  /** How long a cancelled command may take to end after SIGTERM. */
  readonly graceMs?: number;
}

/** How long a cancelled command has between SIGTERM and SIGKILL. */
export const defaultGraceMs = 500;

/** The built-in runtime: a static C program that prepares the namespaces and becomes the command (2-3 ms a run). */
export function createHelperRuntime({
  helperPath = defaultHelperPath(),
  graceMs = defaultGraceMs,
}: HelperRuntimeOptions = {}): Runtime {
  const helper = createHelperSource(helperPath);
  const isInside = isInUserNamespace();
  return {
    name: "helper",
    run: async ({ id, oci, rootfs, madeDirectory }, io) => {
      const makesOne = oci.linux.namespaces.some(({ type }) => type === "user");
      const place = isInside || makesOne ? "user namespace" : "initial user namespace";
      using cgroup = makeCgroup({ id, oci });
      const { directories } = cgroup;
      const spec = encodeContainer(oci, {
        rootfs,
        overlayOptions: overlayOptions(place),
        cgroups: directories,
        madeDirectory,
      });
      const end = await runHelper({ helper, spec, io, graceMs });
      return { outcome: cgroup.explain(outcomeOf(end)), usage: end.usage, stubs: end.stubs };
    },
  };
}

function outcomeOf(end: HelperEnd): RunOutcome {
  if (end.error) return notStarted(end.error) ?? throwSandboxError(end.error);
  if (end.signal !== 0) return { kind: "signal", signal: signalName(end.signal) };
  return { kind: "exit", code: end.code };
}

type Failure = NonNullable<HelperEnd["error"]>;

/** The image's fault, not the sandbox's: the command is missing or no program. */
function notStarted({ stage, errno, path }: Failure): RunOutcome | undefined {
  if (stage === "interpreter") return interpreterMissing(path);
  return stage === "exec" ? commandNotStarted(errnoName(errno), path) : undefined;
}

function throwSandboxError(failure: Failure): never {
  throw sandboxError(failure);
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}
