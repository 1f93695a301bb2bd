import assert from "node:assert/strict";
import { test } from "node:test";
import { createReportReader, type HelperReport } from "./reports.ts";

function report(kind: number, ...parts: readonly (number | bigint | string)[]): Buffer {
  const payload = Buffer.concat(parts.map(encode));
  return Buffer.concat([encode(kind), encode(payload.length), payload]);
}

function encode(part: number | bigint | string): Buffer {
  if (typeof part === "string") return Buffer.from(part, "latin1");
  const bytes = Buffer.alloc(typeof part === "bigint" ? 8 : 4);
  if (typeof part === "bigint") bytes.writeBigInt64LE(part);
  else bytes.writeUInt32LE(part);
  return bytes;
}

const stream = Buffer.concat([
  report(1, 4711),
  report(3, 1, 999_999_999, -5n, "a/\xff"),
  report(2, 13, "mount\0/proc"),
  report(99, "from a newer helper"),
  report(4, 3, 0, 1500n, 2000n, 4096n),
]);

const expected: readonly HelperReport[] = [
  { kind: "pid", pid: 4711 },
  {
    kind: "stub",
    stub: { type: "directory", path: "a/\xff", parentMtimeSeconds: -5, parentMtimeNanoseconds: 999_999_999 },
  },
  { kind: "error", errno: 13, stage: "mount", path: "/proc" },
  { kind: "exit", code: 3, signal: 0, usage: { userMs: 1.5, systemMs: 2, maxRssBytes: 4096 } },
];

for (const size of [1, 3, 8, 1000])
  test(`reports are read from pieces of ${size} bytes`, () => {
    const reports: HelperReport[] = [];
    const read = createReportReader((next) => reports.push(next));
    for (let start = 0; start < stream.length; start += size) read(stream.subarray(start, start + size));
    assert.deepEqual(reports, expected);
  });
