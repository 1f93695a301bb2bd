import type { RunOutcome } from "../runtime.ts";

const formatAdvice = "not a program of this machine's architecture, nor a script that starts with #!";

/** What went wrong with the command itself, in the same words whichever runtime noticed it. */
export function commandNotStarted(errnoName: string, command: string): RunOutcome {
  const name = JSON.stringify(command);
  switch (errnoName) {
    case "ENOENT":
    case "ENOTDIR":
      return { kind: "not-started", code: 127, reason: `exec: ${name}: ${missing(command)}` };
    case "ENOEXEC":
      return { kind: "not-started", code: 126, reason: `exec: ${name}: exec format error: ${formatAdvice}` };
    case "EACCES":
      return { kind: "not-started", code: 126, reason: `exec: ${name}: permission denied` };
    default:
      return { kind: "not-started", code: 126, reason: `exec: ${name}: ${errnoName}` };
  }
}

/** The file is there, but what is to load it is not: a script's interpreter, a program's dynamic loader. */
export function interpreterMissing(command: string): RunOutcome {
  const name = JSON.stringify(command);
  return { kind: "not-started", code: 127, reason: `exec: ${name}: its interpreter or loader is missing` };
}

function missing(command: string): string {
  return command.includes("/") ? "no such file or directory" : "executable file not found in $PATH";
}
