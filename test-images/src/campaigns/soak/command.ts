import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

export const launcher: string = join(
  import.meta.dirname,
  "..",
  "..",
  "..",
  "..",
  "cli",
  "bin",
  "tsbuild.cjs",
);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What it took, in milliseconds. */
  readonly tookMs: number;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

/** Starts tsbuild on a store, in a process group of its own. */
export function startTsbuild(store: string, args: readonly string[]): Running {
  const began = performance.now();
  const child: ChildProcess = spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, TSBUILD_ROOT: store },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const stderr = Buffer.concat(chunks).toString();
      resolve({ code, signal, stderr, tookMs: performance.now() - began });
    });
  });
  return { pid: child.pid ?? 0, ended };
}

/** Removes what may belong to subordinate ids. */
export function removeAll(path: string): void {
  if (process.getuid?.() !== 0)
    spawnSync(process.execPath, [launcher, "unshare", "rm", "-rf", path], { stdio: "inherit" });
  rmSync(path, { recursive: true, force: true });
}

export function runTsbuild(store: string, args: readonly string[]): Promise<Ended> {
  return startTsbuild(store, args).ended;
}
