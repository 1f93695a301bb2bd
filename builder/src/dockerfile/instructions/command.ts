import type { Arguments } from "../arguments.ts";
import { readFlags } from "../flags.ts";
import type { CmdInstruction, Command, EntrypointInstruction, ShellInstruction } from "../instruction.ts";
import { Problem } from "../problem.ts";
import type { ScannedInstruction } from "../scan/scan.ts";
import { needsArgument } from "./arity.ts";

/** The command of RUN, CMD and ENTRYPOINT. */
export function commandOf({ words, isJson }: Arguments): Command {
  return { form: isJson ? "exec" : "shell", words: words.map(({ text }) => text) };
}

export function parseCmd(scanned: ScannedInstruction, read: Arguments): CmdInstruction {
  readFlags(scanned.flags, {});
  return { kind: "cmd", scanned, command: commandOf(read) };
}

export function parseEntrypoint(scanned: ScannedInstruction, read: Arguments): EntrypointInstruction {
  readFlags(scanned.flags, {});
  return { kind: "entrypoint", scanned, command: commandOf(read) };
}

export function parseShell(scanned: ScannedInstruction, read: Arguments): ShellInstruction {
  readFlags(scanned.flags, {});
  const shell = read.words.map(({ text }) => text);
  if (shell.length === 0) throw needsArgument("SHELL");
  if (!read.isJson)
    throw new Problem("SHELL requires the arguments to be in JSON form", {
      token: scanned.rest,
      hint: 'write SHELL ["/bin/sh", "-c"]',
    });
  return { kind: "shell", scanned, shell };
}
