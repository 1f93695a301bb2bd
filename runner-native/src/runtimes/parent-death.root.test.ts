import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findProcess, processes, waitFor } from "../../test/processes.ts";

const script = join(import.meta.dirname, "../../test/run-forever.ts");

for (const runtime of ["helper", "runc", "crun"])
  test(`${runtime}: when the builder is killed, nothing that it started is left, and no mount`, async () => {
    const marker = `86400${process.pid}${runtime.length}${runtime.charCodeAt(0)}`;
    const command = `trap '' TERM HUP; setsid sleep ${marker} & sleep ${marker}1`;
    const builder = spawn(process.execPath, [script, runtime, command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let directory = "";
    builder.stdout.on("data", (chunk: Buffer) => (directory += chunk.toString().trim()));
    await findProcess("sleep", marker);
    await findProcess("sleep", `${marker}1`);
    builder.kill("SIGKILL");
    const ours = (): unknown[] => processes().filter(({ command: line }) => line.includes(marker));
    await waitFor(() => (ours().length === 0 ? true : undefined));
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(directory));
    rmSync(directory, { recursive: true });
  });
