import {
  enterUserNamespace,
  isInUserNamespace,
  needsUserNamespace,
  planUserNamespace,
} from "@tsbuild/runner-native";
import { helperPath } from "./helper-path.ts";
import { storeRoot } from "./store-root.ts";
import type { Terminal } from "./terminal.ts";

/** Says that this process was started again inside. */
const enteredVariable = "TSBUILD_ENTERED";

/** Whether trees can be mounted, read and removed only after entering a user namespace. */
export function lacksRights({ env }: Pick<Terminal, "env">): boolean {
  return needsUserNamespace() && !(isInUserNamespace() && env[enteredVariable] !== undefined);
}

/**
 * Makes sure that trees can be mounted, read and removed: an ordinary user's command starts again, as the same process, as root of
 * a user namespace. Returns only where that is not needed.
 * @throws USER_NAMESPACE_FAILED, HELPER_MISSING
 */
export function ensureRights(rootOption: string | undefined, terminal: Terminal): void {
  if (!lacksRights(terminal)) return;
  const plan = planUserNamespace();
  if (plan.kind === "single" && plan.reason)
    terminal.err(
      `NOTICE: ${plan.reason.sentence}: every file of the image will belong to 0:0 (${plan.reason.hint})\n`,
    );
  // Inside, the user is root: what depends on who asks is settled before.
  const env = { ...terminal.env, TSBUILD_ROOT: storeRoot(rootOption, terminal), [enteredVariable]: "1" };
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  enterUserNamespace({ plan, argv, env, helperPath: helperPath() });
}
