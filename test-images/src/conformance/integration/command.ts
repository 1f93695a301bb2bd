import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const program = join(import.meta.dirname, "../../../../cli/bin/tsbuild.cjs");

/** Longer than any build of the set takes on a busy machine. */
const timeLimitMs = 120_000;

export interface Ended {
  readonly succeeded: boolean;
  /** All that it printed. */
  readonly text: string;
  readonly stdout: string;
}

export interface Running {
  readonly store: string;
  readonly cwd: string;
  /** Its standard input. */
  readonly input: Buffer | undefined;
}

/** Runs `tsbuild build` to its end. */
export async function runBuild(options: readonly string[], { store, cwd, input }: Running): Promise<Ended> {
  const child = spawn(process.execPath, [program, "build", "--root", store, "--progress=plain", ...options], {
    cwd,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    timeout: timeLimitMs,
    killSignal: "SIGKILL",
  });
  child.stdin?.end(input);
  const chunks: Buffer[] = [];
  const out: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const ending = signal === null ? "" : `ended by ${signal}`;
  return {
    succeeded: code === 0,
    text: Buffer.concat(chunks).toString() + ending,
    stdout: Buffer.concat(out).toString(),
  };
}
