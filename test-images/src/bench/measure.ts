import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** One run of one command. */
export interface Sample {
  readonly wallSeconds: number;
  /** User and system time of the process and of the descendants that were waited for. */
  readonly cpuSeconds: number;
  /** The largest sum of resident memory over the process and all its descendants, sampled. */
  readonly peakMegabytes: number;
}

const sampleEveryMs = 15;
const pageBytes = 4096;

/** bash reports the times on a descriptor of its own. */
const timed = 'TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&3';

/** Runs a command to its end and measures it from outside. @throws when it fails, with what it printed. */
export async function measure(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Sample> {
  const output: Buffer[] = [];
  const began = process.hrtime.bigint();
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  const child = spawn("bash", ["-c", timed, "bash", ...argv], { env, stdio: [...stdio] });
  const times = text(child.stdio[3] as Readable);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => output.push(chunk));
  let peakBytes = 0;
  const residentNow = createMemoryWatch(child.pid ?? 0);
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentNow());
  }, sampleEveryMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(timer);
  if (code !== 0)
    throw new Error(
      `${argv.join(" ")} exited with ${code}:\n${Buffer.concat(output).toString().slice(-4000)}`,
    );
  const wallSeconds = Number(process.hrtime.bigint() - began) / 1e9;
  const [user = 0, system = 0] = (await times).trim().split(" ").map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakMegabytes: peakBytes / 1e6 };
}

/**
 * Sums the resident bytes of a process and everything below it. Of other processes it asks once who they are, for looking takes
 * time from what is timed.
 */
function createMemoryWatch(top: number): () => number {
  const isOurs = new Map<number, boolean>([[top, true]]);
  const belongs = (pid: number): boolean => {
    const known = isOurs.get(pid);
    if (known !== undefined) return known;
    const stat = tryRead(`/proc/${pid}/stat`);
    const parent = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
    const answer = parent !== 0 && belongs(parent);
    isOurs.set(pid, answer);
    return answer;
  };
  return () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && belongs(Number(name)))
      .reduce((sum, name) => sum + residentBytes(name), 0);
}

function residentBytes(pid: string): number {
  return Number(tryRead(`/proc/${pid}/statm`)?.split(" ")[1] ?? 0) * pageBytes;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended meanwhile.
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
