import { accessSync, constants } from "node:fs";
import { runnerError } from "../errors.ts";
import { defaultHelperPath } from "../runtimes/helper-binary.ts";
import type { UserNamespacePlan } from "./plan.ts";

export interface EnterOptions {
  readonly plan: UserNamespacePlan;
  /** The command and its arguments; the command is looked up in PATH. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly helperPath?: string;
}

/**
 * Replaces this process by a command that runs as root of a new user namespace (where one is needed) and a mount namespace:
 * same pid, same terminal, so that signals and the exit status need no passing on. It returns only by throwing.
 * @throws HELPER_MISSING
 */
export function enterUserNamespace({
  plan,
  argv,
  env,
  helperPath = defaultHelperPath(),
}: EnterOptions): never {
  requireExecutable(helperPath);
  const replace = process.execve?.bind(process);
  if (!replace)
    throw runnerError("USER_NAMESPACE_FAILED", "this Node cannot replace its own process", {
      hint: "use Node 24.3 or newer, on the main thread",
    });
  const args = ["tsbuild-helper", "unshare", plan.mapper, plan.uidMap, plan.gidMap, ...argv];
  return replace(helperPath, args, { ...env });
}

/** execve(2) ends the process when it fails: look first. */
function requireExecutable(helperPath: string): void {
  try {
    accessSync(helperPath, constants.X_OK);
  } catch (cause) {
    throw runnerError("HELPER_MISSING", `the helper that makes user namespaces is not at ${helperPath}`, {
      cause,
      hint: "compile it with: npm run prepare (it needs gcc or musl-gcc)",
    });
  }
}
