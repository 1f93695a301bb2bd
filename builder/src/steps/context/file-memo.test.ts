import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, digestOf } from "@tsbuild/layers";
import type { FileStat } from "@tsbuild/runner-native";
import { createFileMemo } from "./file-memo.ts";

const nowMs = 1_700_000_000_000;
const stat: FileStat = {
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 10,
  mtimeSeconds: 1_600_000_000,
  mtimeNanoseconds: 999_999_999,
  ctimeSeconds: 1_600_000_001,
  ctimeNanoseconds: 1,
  inode: 2 ** 40 + 1,
  device: 2049,
  links: 1,
  deviceMajor: 0,
  deviceMinor: 0,
};
const file = { digest: digestOf("content"), isPlain: true };

function reopened(memo: ReturnType<typeof createFileMemo>): ReturnType<typeof createFileMemo> {
  return createFileMemo(memo.changed());
}

test("what was put is there again, in this memo and in the next", () => {
  const memo = createFileMemo(undefined);
  memo.put(stat, file, nowMs);
  assert.deepEqual(memo.get(stat), file);
  assert.deepEqual(reopened(memo).get(stat), file);
  const attributed = { digest: digestOf("other"), isPlain: false };
  memo.put({ ...stat, inode: 7 }, attributed, nowMs);
  const next = reopened(memo);
  assert.deepEqual([next.get(stat), next.get({ ...stat, inode: 7 })], [file, attributed]);
});

for (const field of [
  "size",
  "mtimeSeconds",
  "mtimeNanoseconds",
  "ctimeSeconds",
  "ctimeNanoseconds",
  "inode",
  "device",
] as const)
  test(`another ${field} is another file`, () => {
    const memo = createFileMemo(undefined);
    memo.put(stat, file, nowMs);
    for (const each of [memo, reopened(memo)])
      assert.equal(each.get({ ...stat, [field]: stat[field] + 1 }), undefined);
  });

test("a file that changed in the clock's last ticks is not remembered", () => {
  const young = (ageMs: number): FileStat => {
    const ms = nowMs - ageMs;
    return { ...stat, ctimeSeconds: Math.floor(ms / 1000), ctimeNanoseconds: (ms % 1000) * 1e6 };
  };
  for (const [ageMs, isRemembered] of [
    [-5000, false],
    [0, false],
    [99, false],
    [101, true],
  ] as const) {
    const memo = createFileMemo(undefined);
    memo.put(young(ageMs), file, nowMs);
    assert.equal(memo.get(young(ageMs)) !== undefined, isRemembered, `${ageMs}`);
  }
});

test("a record is replaced, forgotten, and others stay", () => {
  const memo = createFileMemo(undefined);
  memo.put(stat, file, nowMs);
  memo.put({ ...stat, inode: 1 }, file, nowMs);
  const next = reopened(memo);
  assert.equal(next.changed(), undefined);
  const changed = { ...stat, size: 11 };
  next.put(changed, { digest: digestOf("new") as Digest, isPlain: true }, nowMs);
  const third = reopened(next);
  assert.equal(third.get(stat), undefined);
  assert.equal(third.get(changed)?.digest, digestOf("new"));
  assert.deepEqual(third.get({ ...stat, inode: 1 }), file);
  third.forget(changed);
  assert.equal(reopened(third).get(changed), undefined);
});

for (const [what, bytes] of [
  ["nothing", Buffer.alloc(0)],
  ["another version", Buffer.from("tsbuild files 1\n")],
  ["half a record", Buffer.from("tsbuild files 2\nhalf a record")],
] as const)
  test(`${what} is an empty memo`, () => {
    assert.equal(createFileMemo(bytes).get(stat), undefined);
  });
