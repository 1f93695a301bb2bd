import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** One run of one command. */
export interface Sample {
  readonly wallSeconds: number;
  /** The largest sum of resident memory over the process and all its descendants, sampled. */
  readonly peakMegabytes: number;
}

const sampleEveryMs = 15;

/** Runs a command to its end and measures it from outside. @throws when it fails, with what it printed. */
export async function measure(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Sample> {
  const [program = "", ...args] = argv;
  const output: Buffer[] = [];
  const began = process.hrtime.bigint();
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(child.pid ?? 0));
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
  return { wallSeconds: Number(process.hrtime.bigint() - began) / 1e9, peakMegabytes: peakBytes / 1e6 };
}

/** Resident bytes of a process and everything below it. */
function residentBytes(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = tryRead(`/proc/${name}/stat`);
    if (stat) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  let total = 0;
  for (const each of parents.keys()) {
    let ancestor: number | undefined = each;
    while (ancestor !== undefined && ancestor !== pid) ancestor = parents.get(ancestor);
    if (ancestor === pid) total += Number(tryRead(`/proc/${each}/statm`)?.split(" ")[1] ?? 0) * 4096;
  }
  return total;
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
