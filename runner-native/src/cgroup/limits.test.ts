import assert from "node:assert/strict";
import { test } from "node:test";
import type { OciResources } from "../spec.ts";
import { settingsOf } from "./limits.ts";

const rows: readonly (readonly [
  name: string,
  OciResources,
  one: readonly string[],
  two: readonly string[],
])[] = [
  ["nothing", {}, [], []],
  ["memory", { memory: { limit: 1024 } }, ["memory.limit_in_bytes 1024"], ["memory.max 1024"]],
  [
    "memory and swap together",
    { memory: { limit: 1024, swap: 3072 } },
    ["memory.limit_in_bytes 1024", "memory.memsw.limit_in_bytes 3072"],
    ["memory.max 1024", "memory.swap.max 2048"],
  ],
  [
    "swap without a limit",
    { memory: { limit: 1024, swap: -1 } },
    ["memory.limit_in_bytes 1024", "memory.memsw.limit_in_bytes -1"],
    ["memory.max 1024", "memory.swap.max max"],
  ],
  ["the least shares", { cpu: { shares: 2 } }, ["cpu.shares 2"], ["cpu.weight 1"]],
  ["the usual shares", { cpu: { shares: 1024 } }, ["cpu.shares 1024"], ["cpu.weight 39"]],
  ["the most shares", { cpu: { shares: 262_144 } }, ["cpu.shares 262144"], ["cpu.weight 10000"]],
  ["a quota", { cpu: { quota: 50_000 } }, ["cpu.cfs_quota_us 50000"], ["cpu.max 50000 100000"]],
  [
    "a quota in its period",
    { cpu: { quota: 5000, period: 10_000 } },
    ["cpu.cfs_period_us 10000", "cpu.cfs_quota_us 5000"],
    ["cpu.max 5000 10000"],
  ],
  ["processors", { cpu: { cpus: "0-1" } }, ["cpuset.cpus 0-1"], ["cpuset.cpus 0-1"]],
  ["memory nodes", { cpu: { mems: "0" } }, ["cpuset.mems 0"], ["cpuset.mems 0"]],
];

for (const [name, resources, one, two] of rows)
  test(`limits: ${name}`, () => {
    const written = (version: 1 | 2): string[] =>
      settingsOf(resources, version).map(({ file, value }) => `${file} ${value}`);
    assert.deepEqual([written(1), written(2)], [one, two]);
  });
