import { baseName, cleanPath, joinWorkdir } from "../../dockerfile/values/clean-path.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { type Mount, parseMount } from "../../dockerfile/values/mount.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import { type CommandContext, expandWord } from "./command-context.ts";
import { mainContextStep } from "./context-steps.ts";
import { atInstruction } from "./fault.ts";
import type { StageState } from "./stage-state.ts";
import type { RunMount, StepId } from "../step.ts";
import type { StepInputs } from "./step-inputs.ts";
import { ownValue } from "./variables.ts";

type RunContext = CommandContext<RunInstruction>;

/** The mounts of a RUN, their values expanded. */
export function readMounts(context: RunContext): readonly Mount[] {
  return context.instruction.mounts.map((token) =>
    parseMount(token, (value) => expandWord(context, value, token)),
  );
}

/** The mounts for the step; the trees they show become inputs. */
export function lowerMounts(
  context: RunContext,
  { given, inputs }: { readonly given: readonly Mount[]; readonly inputs: StepInputs },
): RunMount[] {
  let agents = 0;
  const input = (step: StepId): number => inputs.position("mount", step);
  const { scanned, mounts } = context.instruction;
  const lowerOne = (mount: Mount, index: number): RunMount => {
    switch (mount.type) {
      case "bind":
        return {
          kind: "bind",
          target: targetOf(context, mount),
          input: input(bindStep(context, mount, index)),
          source: cleanPath(`/${mount.source}`).slice(1),
          readonly: mount.readonly,
        };
      case "cache":
        return cacheMount(context, mount, () => {
          if (mount.from === "") return undefined;
          return input(doneTop(context.sources[index], mount));
        });
      case "tmpfs":
        return {
          kind: "tmpfs",
          target: targetOf(context, mount),
          sizeBytes: mount.sizeBytes === 0 ? undefined : mount.sizeBytes,
        };
      case "secret":
        return secretMount(context, mount);
      case "ssh":
        return sshMount(context, mount, agents++);
    }
  };
  return given.map((mount, index) =>
    atInstruction(context.scope.dockerfile.source.file, scanned, mounts[index], () => lowerOne(mount, index)),
  );
}

function bindStep({ scope, sources }: RunContext, mount: Mount, index: number): StepId {
  if (mount.from === "") return mainContextStep(scope.steps, scope.options);
  return doneTop(sources[index], mount);
}

function doneTop(source: StageState | undefined, mount: Mount): StepId {
  if (source === undefined || !source.isDone || source.top === undefined)
    throw new Problem(
      `cannot mount from stage ${quote(mount.from)} to ${quote(mount.target)}, stage needs to be defined before current command`,
      { hint: `move stage ${mount.from} above this one` },
    );
  return source.top;
}

function targetOf({ state }: RunContext, mount: Mount): string {
  const target = joinWorkdir(state.image.workingDir, mount.target);
  if (target === "/")
    throw new Problem(`invalid mount target ${quote(mount.target)}`, {
      hint: "add target=/some/directory to the mount",
    });
  return target;
}

function cacheMount(context: RunContext, mount: Mount, input: () => number | undefined): RunMount {
  const target = targetOf(context, mount);
  const namespace = ownValue(context.scope.buildArgs, "BUILDKIT_CACHE_MOUNT_NS") ?? "";
  const id = mount.id === "" ? cleanPath(mount.target) : mount.id;
  return {
    kind: "cache",
    target,
    id: `${namespace}/${id}`,
    sharing: mount.sharing === "" ? "shared" : mount.sharing,
    readonly: mount.readonly,
    input: input(),
    source: cleanPath(`/${mount.source}`).slice(1),
    mode: mount.mode ?? 0o755,
    uid: mount.uid ?? 0,
    gid: mount.gid ?? 0,
  };
}

function secretMount({ state }: RunContext, mount: Mount): RunMount {
  const id = mount.source || mount.id || baseName(mount.target);
  const inFile = mount.target !== "" || mount.env === undefined;
  const target = mount.target === "" ? `/run/secrets/${baseName(id)}` : mount.target;
  return {
    kind: "secret",
    id,
    target: inFile ? joinWorkdir(state.image.workingDir, target) : undefined,
    env: mount.env,
    required: mount.required,
    mode: mount.mode ?? 0o400,
    uid: mount.uid ?? 0,
    gid: mount.gid ?? 0,
  };
}

function sshMount({ state }: RunContext, mount: Mount, index: number): RunMount {
  if (mount.source !== "") throw new Problem("ssh does not support source");
  const target = mount.target === "" ? `/run/buildkit/ssh_agent.${index}` : mount.target;
  return {
    kind: "ssh",
    id: mount.id === "" ? "default" : mount.id,
    target: joinWorkdir(state.image.workingDir, target),
    required: mount.required,
    mode: mount.mode ?? 0o600,
    uid: mount.uid ?? 0,
    gid: mount.gid ?? 0,
  };
}
