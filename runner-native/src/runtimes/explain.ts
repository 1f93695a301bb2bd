import { readFileSync } from "node:fs";
import { runnerError, type TsbuildError } from "../errors.ts";
import { limitNames } from "./limit-names.ts";
import { syscallError } from "../sys/check.ts";

/** What the helper reported: the stage it was in, the error number, and the path or thing concerned. */
export interface HelperFailure {
  readonly stage: string;
  readonly errno: number;
  readonly path: string;
}

/** The error that a caller sees when a container could not be prepared. */
export function sandboxError(failure: HelperFailure): TsbuildError {
  const cause = syscallError(failure.stage, failure.errno, failure.path === "" ? undefined : failure.path);
  const subject = subjectOf(failure);
  const hint = hintFor(failure.stage, cause.errnoName, failure.path);
  return runnerError(
    "SANDBOX_FAILED",
    `the step could not be isolated: ${subject}: ${explain(failure.stage, cause.errnoName)}`,
    hint === undefined ? { cause } : { cause, hint },
  );
}

function subjectOf({ stage, path }: HelperFailure): string {
  // Of a limit the helper knows the number only.
  if (stage === "rlimit") return `the limit ${limitNames[Number(path)]?.toLowerCase() ?? path}`;
  return path === "" ? stage : `${stage} ${path}`;
}

const meanings: Readonly<Record<string, string>> = {
  EPERM: "not permitted",
  EACCES: "permission denied",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EISDIR: "a directory",
  EINVAL: "refused by the kernel as invalid",
  ENOSYS: "this kernel does not have it",
  ENODEV: "the kernel has no such file system or device",
  ENOSPC: "a limit on namespaces or space is reached",
  ELOOP: "a symbolic link, which is not followed there",
  E2BIG: "too large",
};

function explain(stage: string, errnoName: string): string {
  if (stage === "mount target" && errnoName === "EINVAL") return "nothing may be mounted over the root";
  const meaning = meanings[errnoName];
  return meaning === undefined ? errnoName : `${meaning} (${errnoName})`;
}

function hintFor(stage: string, errnoName: string, path: string): string | undefined {
  if (stage === "clone") return namespaceHint(errnoName);
  if (stage === "mount target" && errnoName === "ELOOP")
    return `${path} of the image must be a directory or missing`;
  if (stage === "overlay" && errnoName === "ENODEV")
    return "load the kernel's overlay module: modprobe overlay";
  if (stage === "rlimit") return "a hard limit above that of tsbuild itself (ulimit -H) needs root";
  if (stage === "cgroup")
    return "limits need root, or a control group that was given to you: --cgroup-parent";
  if (stage === "overlay") return "use --snapshotter copy";
  return undefined;
}

export const allowMoreNamespaces = "as root: sysctl user.max_user_namespaces=15000";
export const allowUserNamespaces = "as root: sysctl kernel.unprivileged_userns_clone=1";

/** Why namespaces cannot be made, by the switches that the kernel offers for it. */
function namespaceHint(errnoName: string): string | undefined {
  switch (errnoName) {
    case "ENOSPC":
      return `${allowMoreNamespaces} (and user.max_mnt_namespaces, user.max_pid_namespaces)`;
    case "ENOSYS":
      return "a seccomp filter or an old kernel refuses it: start with --security-opt seccomp=unconfined";
    case "EPERM":
    case "EACCES":
      return permissionHint();
    default:
      return undefined;
  }
}

function permissionHint(): string {
  if (readSysctl("kernel/unprivileged_userns_clone") === "0") return allowUserNamespaces;
  if (readSysctl("kernel/apparmor_restrict_unprivileged_userns") === "1")
    return "as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  return "inside a container, start that container with --privileged or --security-opt seccomp=unconfined";
}

/** A switch of the kernel below /proc/sys; undefined where it does not exist. */
export function readSysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, "utf8").trim();
  } catch {
    return undefined; // this kernel has no such switch
  }
}
