import { spawn } from "node:child_process";
import { once } from "node:events";

/** Longer than any single command takes on a busy machine. */
const timeLimitMs = 120_000;

export interface Finished {
  readonly succeeded: boolean;
  /** Standard output and error together. */
  readonly text: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, whatever that is. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env }: CommandOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeLimitMs,
    killSignal: "SIGKILL",
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const ending = signal === null ? "" : `\nended by ${signal}`;
  return { succeeded: code === 0, text: Buffer.concat(chunks).toString() + ending };
}

/** Runs a program that must succeed. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<void> {
  const { succeeded, text } = await runCommand(program, args, options);
  if (!succeeded) throw new Error(`${program} ${args.join(" ")} failed:\n${text}`);
}
