import { enterUserNamespace, planUserNamespace } from "@tsbuild/runner-native";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { helperPath } from "../helper-path.ts";

export const unshareCommand: Command = defineCommand({
  name: "unshare",
  usage: "COMMAND [ARG ...]",
  summary: "Run a command in the user namespace that builds of this user use",
  options: {},
  parsing: { stopAtPositional: "yes" },
  run: ({ positional }, terminal) => {
    if (positional.length === 0)
      throw cliError("USAGE", "unshare needs a command", { hint: "write tsbuild unshare ls -l DIR" });
    const plan = planUserNamespace();
    if (plan.reason) terminal.err(`NOTICE: ${plan.reason.sentence} (${plan.reason.hint})\n`);
    return enterUserNamespace({ plan, argv: positional, env: terminal.env, helperPath: helperPath() });
  },
});
