import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAge, formatSeconds, formatSize, formatTable } from "./format.ts";

for (const [bytes, want] of [
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [1_234_567, "1.23MB"],
  [225_000_000, "225MB"],
] as const)
  test(`size: ${bytes} is ${want}`, () => assert.equal(formatSize(bytes), want));

test("seconds have one decimal", () => assert.equal(formatSeconds(1249), "1.2s"));

for (const [milliseconds, want] of [
  [10, "just now"],
  [1000, "1 second ago"],
  [7_200_000, "2 hours ago"],
  [86_400_000 * 400, "1 year ago"],
] as const)
  test(`age: ${want}`, () => assert.equal(formatAge(milliseconds), want));

test("a table aligns its columns and ends lines without spaces", () => {
  const rows = [
    ["NAME", "SIZE"],
    ["a-long-name", "1B"],
    ["b", ""],
  ];
  assert.equal(formatTable(rows), "NAME          SIZE\na-long-name   1B\nb\n");
});
