import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface RunningProcess {
  readonly pid: number;
  /** The arguments, each with a NUL after it. */
  readonly command: string;
}

/** All processes of the machine, as the test's own pid namespace numbers them. */
export function processes(): RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, "utf8") }];
    } catch {
      return []; // it has just ended
    }
  });
}

/** Waits for a process with exactly these arguments and gives its pid. */
export async function findProcess(...argv: readonly string[]): Promise<number> {
  const command = argv.map((argument) => `${argument}\0`).join("");
  const found = await waitFor(() => processes().find((candidate) => candidate.command === command));
  return found.pid;
}

/** Polls until the condition gives something, for ten seconds at most. */
export async function waitFor<Value>(condition: () => Value | undefined): Promise<Value> {
  for (let tries = 0; tries < 1000; tries++) {
    const value = condition();
    if (value !== undefined) return value;
    await delay(10);
  }
  throw new Error(`waited in vain for ${condition.toString()}`);
}
