import type { CmdInstruction, EntrypointInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const jsonArgsRecommended: Rule = rule(
  "JSONArgsRecommended",
  "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
);

/** A shell that was chosen with SHELL is meant to be there. */
export function checkJsonArgsRecommended(
  instruction: CmdInstruction | EntrypointInstruction,
  shell: readonly string[],
  report: Report,
): void {
  if (instruction.command.form === "exec" || shell.length > 0) return;
  report(
    jsonArgsRecommended,
    `JSON arguments recommended for ${instruction.kind.toUpperCase()} to prevent unintended behavior related to OS signals`,
    instruction,
  );
}
