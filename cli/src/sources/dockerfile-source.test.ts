import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readHostFile } from "./dockerfile-source.ts";

for (const [what, make, want] of [
  ["nothing there", () => {}, /there is no file .*\/Dockerfile$/],
  ["a directory", (path: string) => mkdirSync(path), /: it is none$/],
  ["a fifo, which nobody writes to", (path: string) => execFileSync("mkfifo", [path]), /: it is none$/],
  ["a link to itself", (path: string) => symlinkSync("Dockerfile", path), /: it cannot be read \(ELOOP\)$/],
] as const)
  test(`no Dockerfile: ${what}`, () => {
    const directory = mkdtempSync(join(tmpdir(), "tsbuild-dockerfile-"));
    const path = join(directory, "Dockerfile");
    make(path);
    try {
      assert.throws(() => readHostFile(path), { code: "CONTEXT_MISSING", message: want });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
