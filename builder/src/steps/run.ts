import { isNearlyFull, type Layer, ociUser, resolveUser } from "@tsbuild/layers";
import {
  containerSpec,
  type ContainerSpecOptions,
  type OciSpec,
  type OciUser,
  type RunSpec,
} from "@tsbuild/runner-native";
import { deviceMounts } from "../devices/device-registry.ts";
import type { Device } from "../devices/device-spec.ts";
import { readEntitlements } from "../entitlements.ts";
import type { RunStep } from "../graph/step.ts";
import type { BuildRequest } from "../request.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import { sandboxHostname } from "./network-files.ts";
import { openMounts, type RunMounts } from "./mounts/run-mounts.ts";
import { limitsOf } from "../ulimit.ts";
import { checkOutcome } from "./run-outcome.ts";
import type { StepOptions, StepTools } from "./step-tools.ts";

/** RUN: the process in fresh namespaces over a writable root, whose changes become the layer. */
export async function runRun(
  step: RunStep,
  inputs: SolvedInputs,
  { tools, signal }: StepOptions,
): Promise<Layer> {
  await using resources = new AsyncDisposableStack();
  const snapshot = resources.use(await tools.snapshotter.prepare(inputs.base?.layer, { signal }));
  const mounts = await openMounts(step, inputs, { tools, signal, resources });
  const id = tools.randomHex(8);
  const oci = await specOf(step, inputs, { id, mounts, tools });
  const result = await tools.runtime.run(
    { id, oci, rootfs: snapshot.rootfs, ...workingDirectory(oci) },
    { signal, onOutput: (stream, chunk) => tellOutput(step, stream, chunk, tools) },
  );
  checkOutcome(step, result.outcome, {
    tell: (text) => tellOutput(step, "stderr", Buffer.from(text), tools),
    hint: () => hintWhenFull(tools.store.root),
  });
  return await snapshot.freeze(result.stubs);
}

/** Programs say "I/O error" and worse when they cannot write. */
function hintWhenFull(root: string): string | undefined {
  if (!isNearlyFull(root)) return undefined;
  return `the file system of the store ${root} is full: free some space there, or choose another store with --root`;
}

async function specOf(
  step: RunStep,
  inputs: SolvedInputs,
  { id, mounts, tools }: { readonly id: string; readonly mounts: RunMounts; readonly tools: StepTools },
): Promise<OciSpec> {
  const user = await resolveUser(await tools.views.of(inputs.base?.layer), step.user);
  const devices = devicesOf(step, tools);
  const env = [...step.env, ...step.proxyEnv, ...mounts.env, ...devices.flatMap(({ edits }) => edits.env)];
  // As runc does when it starts a process.
  if (!env.some((entry) => entry.startsWith("HOME="))) env.push(`HOME=${user.home}`);
  const hostname = step.hostname ?? sandboxHostname;
  return containerSpec({
    argv: step.argv,
    env,
    cwd: step.cwd,
    user: withGroups(
      ociUser(user),
      devices.flatMap(({ edits }) => edits.groups),
    ),
    mounts: [...tools.networkFiles(hostname), ...mounts.mounts, ...devices.flatMap(deviceMounts)],
    hostname,
    network: step.network === "none" ? "none" : "host",
    security: step.security,
    ...limitsFor(id, tools.request),
  });
}

/** What the step asks for of the machine; one that it can do without may be missing, and that is said. */
function devicesOf(step: RunStep, { devices, request, emit, clock }: StepTools): readonly Device[] {
  const allowed = readEntitlements(request).devices;
  for (const asked of step.devices) {
    if (devices.find([asked], allowed).length > 0) continue;
    const message = `optional device ${JSON.stringify(asked.name)} is not registered`;
    emit({ kind: "notice", timeMs: clock.now(), message });
  }
  return devices.find(step.devices, allowed);
}

/** As in BuildKit, a working directory that is missing is made for the user and stays; below a mount it is the runtime's. */
function workingDirectory({ process, mounts }: OciSpec): Pick<RunSpec, "madeDirectory"> {
  const { cwd: path, user } = process;
  const isMounted = mounts.some(({ destination }) => `${path}/`.startsWith(`${destination}/`));
  return isMounted ? {} : { madeDirectory: { path, uid: user.uid, gid: user.gid } };
}

function withGroups(user: OciUser, more: readonly number[]): OciUser {
  return more.length === 0 ? user : { ...user, additionalGids: [...(user.additionalGids ?? []), ...more] };
}

/** What the build allows its steps of the machine: in no key, as in BuildKit. */
function limitsFor(
  id: string,
  { shmSizeBytes, ulimits = [], cgroupParent, resources }: BuildRequest,
): Partial<ContainerSpecOptions> {
  return {
    ...(shmSizeBytes === undefined ? {} : { shmSizeBytes }),
    ...(ulimits.length === 0 ? {} : { rlimits: limitsOf(ulimits) }),
    ...(cgroupParent === undefined ? {} : { cgroupsPath: `/${cgroupParent}/tsbuild/${id}` }),
    ...(resources === undefined ? {} : { resources }),
  };
}

function tellOutput(
  { id }: RunStep,
  stream: "stdout" | "stderr",
  chunk: Uint8Array,
  { emit, clock }: StepTools,
): void {
  emit({ kind: "step-output", timeMs: clock.now(), step: id, stream, chunk });
}
