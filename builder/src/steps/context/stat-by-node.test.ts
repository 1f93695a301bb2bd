import assert from "node:assert/strict";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { tryStatAt } from "@tsbuild/runner-native";
import { statByNode } from "./stat-by-node.ts";

test("both ways to ask for a file say the same", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-stat-"));
  writeFileSync(join(directory, "file"), "content", { mode: 0o640 });
  writeFileSync(join(directory, "old"), "");
  utimesSync(join(directory, "old"), -10.25, -10.25);
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])]), "");
  mkdirSync(join(directory, "directory"));
  symlinkSync("nowhere", join(directory, "link"));
  const fd = openSync(directory, "r");
  for (const name of ["file", "old", "\xff", "directory", "link", "missing"])
    assert.deepEqual(statByNode(fd, name), tryStatAt(fd, name), name);
  closeSync(fd);
  const devices = openSync("/dev", "r");
  for (const name of ["null", "tty"])
    assert.deepEqual(statByNode(devices, name), tryStatAt(devices, name), name);
  closeSync(devices);
  rmSync(directory, { recursive: true });
});
