import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cpioArchive } from "./cpio.ts";

test("busybox unpacks the archive as it was meant", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-cpio-"));
  try {
    const files = [
      { path: "init", mode: 0o100755, content: Buffer.from("#!/bin/sh\n") },
      { path: "a/deep/one", mode: 0o100600, content: Buffer.alloc(4097, "x") },
    ];
    const input = cpioArchive(files);
    execFileSync("busybox", ["cpio", "-idm"], { cwd: directory, input, stdio: ["pipe", "ignore", "ignore"] });
    for (const { path, content } of files) assert.deepEqual(readFileSync(join(directory, path)), content);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
