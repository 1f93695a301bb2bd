import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findHierarchies } from "./hierarchies.ts";

test("hierarchies of both versions are found; those with a name only are not", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-cgroup-"));
  writeFileSync(join(directory, "cgroup.controllers"), "hugetlb pids\n");
  const info = `22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw
31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /a\\040b rw - cgroup cgroup rw,memory
33 25 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
34 25 0:30 / ${directory} rw - cgroup2 cgroup2 rw
`;
  const told = findHierarchies(info).map(({ version, mount, controllers }) => [
    version,
    mount,
    [...controllers].filter((name) => name !== "rw"),
  ]);
  rmSync(directory, { recursive: true });
  assert.deepEqual(told, [
    [1, "/sys/fs/cgroup/cpu,cpuacct", ["cpu", "cpuacct"]],
    [1, "/a b", ["memory"]],
    [2, directory, ["hugetlb", "pids"]],
  ]);
});

test("a machine without any has none", () => assert.deepEqual(findHierarchies(""), []));
