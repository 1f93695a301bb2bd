import { constants } from "node:os";
import { errnoName } from "../sys/check.ts";
import type { RunOutcome, Runtime } from "../runtime.ts";
import { isInUserNamespace } from "../user-namespace.ts";
import { encodeContainer } from "./encode.ts";
import { sandboxError } from "./explain.ts";
import { defaultHelperPath, type HelperBinary, openHelper } from "./helper-binary.ts";
import { type HelperEnd, runHelper } from "./helper-process.ts";
import { overlayOptions } from "./overlay-options.ts";

export interface HelperRuntimeOptions {
  /** The compiled helper; by default where the sources' own build puts it. */
  readonly helperPath?: string;
  /** How long a cancelled command may take to end after SIGTERM. */
  readonly graceMs?: number;
}

export const defaultGraceMs = 500;

/** The built-in runtime: a static C program that prepares the namespaces and becomes the command (2-3 ms a run). */
export function createHelperRuntime({
  helperPath = defaultHelperPath(),
  graceMs = defaultGraceMs,
}: HelperRuntimeOptions = {}): Runtime {
  let binary: HelperBinary | undefined;
  const options = overlayOptions(isInUserNamespace() ? "user namespace" : "initial user namespace");
  return {
    name: "helper",
    run: async ({ oci, rootfs }, io) => {
      binary ??= openHelper(helperPath);
      const spec = encodeContainer(oci, { rootfs, overlayOptions: options });
      const end = await runHelper({ binary, spec, io, graceMs });
      return { outcome: outcomeOf(end), usage: end.usage, stubs: end.stubs };
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
  const name = JSON.stringify(path);
  if (stage === "interpreter")
    return { kind: "not-started", code: 127, reason: `exec: ${name}: its interpreter or loader is missing` };
  if (stage !== "exec") return undefined;
  switch (errno) {
    case constants.errno.ENOENT:
    case constants.errno.ENOTDIR:
      return { kind: "not-started", code: 127, reason: `exec: ${name}: ${missing(path)}` };
    case constants.errno.ENOEXEC:
      return { kind: "not-started", code: 126, reason: `exec: ${name}: exec format error: ${formatAdvice}` };
    case constants.errno.EACCES:
      return { kind: "not-started", code: 126, reason: `exec: ${name}: permission denied` };
    default:
      return { kind: "not-started", code: 126, reason: `exec: ${name}: ${errnoName(errno)}` };
  }
}

const formatAdvice = "not a program of this machine's architecture, nor a script that starts with #!";

function missing(path: string): string {
  return path.includes("/") ? "no such file or directory" : "executable file not found in $PATH";
}

function throwSandboxError(failure: Failure): never {
  throw sandboxError(failure);
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}
