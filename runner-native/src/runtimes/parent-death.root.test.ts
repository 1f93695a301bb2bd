import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findHierarchies } from "../cgroup/hierarchies.ts";
import { findProcess, processes, waitFor } from "../../test/processes.ts";

/** Where groups can be made at all, the container gets some. */
function groupPath(group: string): string {
  const hierarchies = findHierarchies();
  return hierarchies.length > 0 && hierarchies.every(({ mount }) => isWritable(mount)) ? `/${group}/run` : "";
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const script = join(import.meta.dirname, "../../test/run-forever.ts");

for (const runtime of ["helper", "runc", "crun"])
  test(`${runtime}: when the builder is killed, nothing that it started is left, no mount and no control group`, async () => {
    const marker = `86400${process.pid}${runtime.length}${runtime.charCodeAt(0)}`;
    const command = `trap '' TERM HUP; setsid sleep ${marker} & sleep ${marker}1`;
    const group = `tsbuild-death-${process.pid}`;
    const groups = (name: string): string[] =>
      findHierarchies()
        .map(({ mount }) => join(mount, group, name))
        .filter((path) => existsSync(path));
    const builder = spawn(process.execPath, [script, runtime, command, groupPath(group)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let directory = "";
    builder.stdout.on("data", (chunk: Buffer) => (directory += chunk.toString().trim()));
    await findProcess("sleep", marker);
    await findProcess("sleep", `${marker}1`);
    assert.equal(groups("run").length > 0, groupPath(group) !== "");
    builder.kill("SIGKILL");
    const ours = (): unknown[] => processes().filter(({ command: line }) => line.includes(marker));
    await waitFor(() => (ours().length === 0 ? true : undefined));
    await waitFor(() => (groups("run").length === 0 ? true : undefined));
    groups("").forEach((path) => rmdirSync(path));
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(directory));
    rmSync(directory, { recursive: true });
  });
