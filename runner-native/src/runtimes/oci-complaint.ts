import { readFileSync } from "node:fs";

/** The last error in the runtime's log: there is one only if the container was not started. */
export function readComplaint(log: string): string | undefined {
  const lines = readOptional(log).split("\n").map(parseLine);
  return lines.findLast((line) => line?.level === "error" || line?.level === "fatal")?.msg;
}

interface LogLine {
  readonly level?: string;
  readonly msg?: string;
}

function parseLine(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined; // the empty last line, or one that was cut
  }
}

/** runc and crun tell only in words that the command itself was the trouble. */
const commandProblems = [
  ["ENOENT", /exec.*no such file or directory|executable file.* not found in \$PATH/i],
  ["EACCES", /(exec: |open executable).*(permission denied|is a directory)/i],
] as const;

/** The errno behind a complaint about the command; undefined when it is about something else. */
export function commandProblem(complaint: string): string | undefined {
  return commandProblems.find(([, pattern]) => pattern.test(complaint))?.[0];
}

const formatComplaint = /^(exec|\{"msg":"exec container process) [^\n]*: exec format error("[^\n]*)?\s*$/i;

/** execve's own failure comes when the log is closed: it is then all that there is on the container's stderr. */
export function isFormatComplaint(stderr: string): boolean {
  return formatComplaint.test(stderr);
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the runtime had nothing to say
  }
}

/** The only line of a runtime that could not execute the command is short. */
const keptBytes = 1024;

/** Keeps a short output; a longer one is the command's own and of no interest. */
export interface ShortOutput {
  add(chunk: Uint8Array): void;
  text(): string;
}

export function keepShortOutput(): ShortOutput {
  let kept = Buffer.alloc(0);
  let total = 0;
  return {
    add: (chunk) => {
      total += chunk.length;
      if (total <= keptBytes) kept = Buffer.concat([kept, chunk]);
    },
    text: () => (total <= keptBytes ? kept.toString() : ""),
  };
}
