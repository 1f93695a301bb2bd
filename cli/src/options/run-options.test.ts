import assert from "node:assert/strict";
import { test } from "node:test";
import { readRunOptions, type RunOptionTexts } from "./run-options.ts";

const none: RunOptionTexts = {
  network: undefined,
  allow: [],
  "cdi-spec-dir": [],
  "add-host": [],
  hostname: undefined,
  "shm-size": undefined,
  ulimit: [],
  "cgroup-parent": undefined,
  resource: [],
};

for (const [text, host, address] of [
  ["a:1.2.3.4", "a", "1.2.3.4"],
  ["A=1.2.3.4", "a", "1.2.3.4"],
  ["a:::1", "a", "::1"],
  ["a:[fe80::1]", "a", "fe80::1"],
  ["a=[fe80::1]", "a", "fe80::1"],
  ["host.docker.internal:host-gateway", "host.docker.internal", "127.0.0.1"],
] as const)
  test(`--add-host ${text}`, () =>
    assert.deepEqual(readRunOptions({ ...none, "add-host": [text] }).addHosts, [{ host, address }]));

for (const [texts, resources] of [
  [["memory=64m"], { memory: { limit: 64 << 20 } }],
  [["memory=64m,memory-swap=-1"], { memory: { limit: 64 << 20, swap: -1 } }],
  [["memory=1k", "memory-swap=2k"], { memory: { limit: 1024, swap: 2048 } }],
  [
    ["cpu-shares=512", "cpu-period=50000,cpu-quota=25000"],
    { cpu: { shares: 512, period: 50_000, quota: 25_000 } },
  ],
  [['"cpuset-cpus=0-1,3",cpuset-mems=0'], { cpu: { cpus: "0-1,3", mems: "0" } }],
] as const)
  test(`--resource ${texts.join(" --resource ")}`, () =>
    assert.deepEqual(readRunOptions({ ...none, resource: texts }).resources, resources));

test("sizes, limits and groups", () => {
  const read = readRunOptions({ ...none, "shm-size": "1g", ulimit: ["core=0"], "cgroup-parent": "/a/b" });
  assert.deepEqual(
    [read.shmSizeBytes, read.ulimits, read.cgroupParent],
    [1 << 30, [{ name: "core", soft: 0, hard: 0 }], "/a/b"],
  );
});

for (const [option, value, message] of [
  ["network", "bridge", /^network mode "bridge" not supported/],
  ["shm-size", "big", /--shm-size big is no size/],
  ["cgroup-parent", "system.slice:docker:", /wants systemd/],
  ["add-host", ["a"], /no host and address/],
  ["add-host", ["a:1.2.3"], /no host and address/],
  ["add-host", ["a b:1.2.3.4"], /no host and address/],
  ["ulimit", ["nofile"], /invalid ulimit argument: nofile/],
  ["resource", ["disk=1"], /--resource disk is unknown/],
  ["resource", ["memory=0"], /no whole number above 0/],
  ["resource", ["memory-swap=1k"], /memory and swap together/],
  ["resource", ["memory=2k,memory-swap=1k"], /memory and swap together/],
  ["resource", ["cpu-quota=fast"], /no whole number above 0/],
  ["resource", ["cpuset-cpus=0/1"], /no list of numbers/],
] as const)
  test(`refused: --${option} ${String(value)}`, () =>
    assert.throws(() => readRunOptions({ ...none, [option]: value }), { exitCode: 2, message }));
