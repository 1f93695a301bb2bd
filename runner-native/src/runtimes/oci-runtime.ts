import { runnerError } from "../errors.ts";
import type { MadeDirectory, Rootfs, RunIo, RunOutcome, Runtime } from "../runtime.ts";
import type { OciMount } from "../spec.ts";
import { errnoName } from "../sys/check.ts";
import { makeCgroup } from "../cgroup/cgroup.ts";
import { isInUserNamespace } from "../user-namespace/detect.ts";
import { cloneFlags } from "./clone-flags.ts";
import { encodeCgroups, encodeFeatures, encodeMadeDirectory, encodeMount, encodeRootfs } from "./encode.ts";
import { sandboxError } from "./explain.ts";
import { defaultGraceMs } from "./helper.ts";
import { defaultHelperPath } from "./helper-binary.ts";
import { type HelperEnd, runHelper } from "./helper-run.ts";
import { createHelperSource } from "./helper-source.ts";
import { mountFlag } from "./mount-options.ts";
import { type OciBundle, writeOciBundle } from "./oci-bundle.ts";
import {
  commandProblem,
  isFormatComplaint,
  keepShortOutput,
  readComplaint,
  type ShortOutput,
} from "./oci-complaint.ts";
import { mayOpenDevices, withoutDevices } from "./oci-devices.ts";
import { commandNotStarted } from "./not-started.ts";
import { overlayOptions } from "./overlay-options.ts";
import { createSpecWriter, op } from "./spec-writer.ts";

export interface OciRuntimeOptions {
  /** Where bundles are written; they are removed after each run. */
  readonly temporaryDirectory: string;
  readonly helperPath?: string;
  readonly graceMs?: number;
  /** The runtime's program, by name or path. */
  readonly program?: string;
}

/** What distinguishes one OCI runtime from another. */
export interface OciRuntimeKind {
  readonly name: string;
  /** The Debian package. */
  readonly package: string;
  /** Options before the command `run`, besides --root, --log and --log-format. */
  readonly globalOptions: readonly string[];
  /** What it gets to see as /sys/fs/cgroup: made so that it makes no cgroups, which a killed run would leave behind. */
  readonly cgroups: OciMount;
}

/**
 * Runs containers through an OCI runtime. The helper makes a private mount and pid namespace first, mounts the root there
 * and becomes the runtime: so nothing is attached in the caller's namespace, and when the run is cancelled or the caller
 * dies, the kernel takes the runtime and its container away together.
 */
export function createOciRuntime(
  kind: OciRuntimeKind,
  {
    temporaryDirectory,
    helperPath = defaultHelperPath(),
    graceMs = defaultGraceMs,
    program = kind.name,
  }: OciRuntimeOptions,
): Runtime {
  const helper = createHelperSource(helperPath);
  const nodes = isInUserNamespace() ? "bound by the runtime" : "bound by us";
  return {
    name: kind.name,
    run: async (runSpec, io) => {
      using bundle = writeOciBundle(temporaryDirectory, withoutDevices(runSpec.oci, nodes), helperPath);
      const argv = [program, ...argumentsOf(kind, bundle, runSpec.id)];
      // The runtime starts in them and makes none of its own, so its container is in them too.
      using cgroup = makeCgroup(runSpec);
      const spec = encodePrelude(kind, {
        rootfs: runSpec.rootfs,
        madeDirectory: runSpec.madeDirectory,
        bundle,
        argv,
        cgroups: cgroup.directories,
      });
      const stderr = keepShortOutput();
      const onOutput: RunIo["onOutput"] = (stream, chunk) => {
        if (stream === "stderr") stderr.add(chunk);
        io.onOutput(stream, chunk);
      };
      const end = await runHelper({ helper, spec, io: { ...io, onOutput }, graceMs });
      const run = { log: bundle.log, stderr, command: runSpec.oci.process.args[0] ?? "" };
      return { outcome: cgroup.explain(outcomeOf(kind, end, run)), usage: end.usage, stubs: end.stubs };
    },
  };
}

function argumentsOf(kind: OciRuntimeKind, bundle: OciBundle, id: string): string[] {
  const log = ["--log", bundle.log, "--log-format", "json"];
  return ["--root", bundle.state, ...log, ...kind.globalOptions, "run", "--bundle", bundle.directory, id];
}

const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Prelude {
  readonly rootfs: Rootfs;
  readonly madeDirectory: MadeDirectory | undefined;
  readonly bundle: OciBundle;
  readonly argv: readonly string[];
  readonly cgroups: readonly string[];
}

/** The helper's spec that prepares the ground and becomes the runtime, with the host's root and all privileges. */
function encodePrelude(
  kind: OciRuntimeKind,
  { rootfs, madeDirectory, bundle, argv, cgroups }: Prelude,
): Buffer {
  const writer = createSpecWriter();
  const options = overlayOptions(isInUserNamespace() ? "user namespace" : "initial user namespace");
  const encode = (mount: OciMount, flags: number): void =>
    encodeMount(writer, mount, { overlayOptions: options, flags });
  encodeFeatures(writer);
  writer.add(op.namespaces, { numbers: [cloneFlags.mount | cloneFlags.pid] });
  encodeCgroups(writer, cgroups);
  if (mayOpenDevices(bundle.config)) writer.add(op.allowDevices);
  encodeRootfs(writer, rootfs, options);
  encodeMadeDirectory(writer, madeDirectory);
  writer.add(op.attachRoot, { strings: [bundle.rootfs] });
  for (const mount of bundle.overlays) encode(mount, mountFlag.onHost);
  for (const mount of mountsOnRoot(bundle.config.mounts)) encode(mount, mountFlag.stubOnly);
  for (const mount of [ownProc, kind.cgroups]) encode(mount, mountFlag.onHost);
  writer.add(op.identity, { numbers: [0, 0, 0o022] });
  writer.add(op.environment, { strings: [searchPath] });
  writer.add(op.arguments, { strings: argv });
  writer.add(op.directory, { strings: ["/"] });
  return writer.finish();
}

/** The new pid namespace needs its own /proc. */
const ownProc: OciMount = { destination: "/proc", type: "proc", options: ["nosuid", "nodev", "noexec"] };

/** Mounts whose mount points are in the root file system itself: the helper makes and reports those that are missing. */
function mountsOnRoot(mounts: readonly OciMount[]): readonly OciMount[] {
  return mounts.filter(
    ({ destination }, index) =>
      !mounts.slice(0, index).some((earlier) => destination.startsWith(`${earlier.destination}/`)),
  );
}

interface FinishedRun {
  readonly log: string;
  readonly stderr: ShortOutput;
  readonly command: string;
}

function outcomeOf(kind: OciRuntimeKind, end: HelperEnd, run: FinishedRun): RunOutcome {
  if (end.error?.stage === "exec" || end.error?.stage === "interpreter")
    throw runnerError("RUNTIME_MISSING", `${kind.name} could not be started: ${errnoName(end.error.errno)}`, {
      hint: `on Debian: apt-get install ${kind.package}`,
    });
  if (end.error) throw sandboxError(end.error);
  if (end.signal !== 0)
    throw runnerError("RUNTIME_FAILED", `${kind.name} was killed by signal ${end.signal}`);
  if (end.code === 0) return { kind: "exit", code: 0 };
  const complaint = readComplaint(run.log);
  if (complaint === undefined)
    return isFormatComplaint(run.stderr.text())
      ? commandNotStarted("ENOEXEC", run.command)
      : { kind: "exit", code: end.code };
  const problem = commandProblem(complaint);
  if (problem !== undefined) return commandNotStarted(problem, run.command);
  throw runnerError("RUNTIME_FAILED", `${kind.name} could not start the step: ${complaint}`);
}
