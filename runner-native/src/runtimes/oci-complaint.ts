import { readFileSync } from "node:fs";

/** The last error in the runtime's log: there is one only if the container was not started. */
export function readComplaint(log: string): string | undefined {
  const lines = readOptional(log)
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const errors = lines
    .map((line) => JSON.parse(line) as { level?: string; msg?: string })
    .filter(({ level }) => level === "error" || level === "fatal");
  return errors.at(-1)?.msg;
}

/** runc and crun tell only in words that the command itself was the trouble. */
const commandProblems = [
  ["ENOENT", /exec.*no such file or directory|executable file.* not found in \$PATH/i],
  ["EACCES", /(exec: |open executable).*(permission denied|is a directory)/i],
  // By then their log is closed: it is all that they print on the container's stderr.
  ["ENOEXEC", /^(exec|\{"msg":"exec container process) [^\n]*: exec format error("[^\n]*)?\s*$/i],
] as const;

/** The errno behind a complaint about the command; undefined when it is about something else. */
export function commandProblem(text: string): string | undefined {
  return commandProblems.find(([, pattern]) => pattern.test(text))?.[0];
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
