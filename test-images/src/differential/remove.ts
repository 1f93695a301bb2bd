import { readFileSync, rmSync } from "node:fs";
import { mustRun } from "./command.ts";

/** Removes a directory with everything in it, and unmounts what a builder that crashed left mounted there. */
export async function removeWithMounts(directory: string): Promise<void> {
  // The last mounted first: mounts may lie on one another.
  for (const point of mountPoints()
    .filter((each) => each.startsWith(`${directory}/`))
    .reverse())
    await mustRun("umount", ["--lazy", point]);
  rmSync(directory, { recursive: true, force: true });
}

function mountPoints(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "");
}
