import assert from "node:assert/strict";
import { test } from "node:test";
import { readSource } from "./scan/lines.ts";
import { rangeOf, type SourceRange } from "./place.ts";
import { instructionRanges } from "./ranges.ts";
import { scan } from "./scan/scan.ts";

const text = [
  "FROM  busybox AS a",
  "  RUN echo $A \\",
  "    # note",
  "    ${B:-x}",
  "COPY --chown=1 \\",
  "  a b",
  "RUN <<EOF",
  "x",
  "EOF",
  "ENV A=$B C=d",
  "",
].join("\n");

test("keyword and arguments stand where our scanner puts them", async () => {
  const file = scan(readSource("Dockerfile", text));
  for (const scanned of file.instructions) {
    const found = await instructionRanges(file, scanned);
    const { keyword, rest, segments } = scanned;
    const start = (range: SourceRange | undefined): readonly unknown[] => [
      range?.startLine,
      range?.startColumn,
    ];
    assert.deepEqual(found?.keyword, rangeOf(segments, keyword.start, keyword.end));
    assert.deepEqual(start(found?.arguments), start(rangeOf(segments, rest.start, rest.end)));
  }
});

test("variables have their places", async () => {
  const file = scan(readSource("Dockerfile", text));
  const [, run] = file.instructions;
  assert.ok(run !== undefined);
  const found = await instructionRanges(file, run);
  assert.deepEqual(
    found?.variables.map(({ name, range }) => [name, range.startLine, range.startColumn]),
    [
      ["A", 2, 12],
      ["B", 4, 5],
    ],
  );
});

test("what it reads differently has no ranges", async () => {
  // BuildKit: two escape characters at the end of a line continue nothing.
  const file = scan(readSource("Dockerfile", "RUN a\\\\\nRUN b\n"));
  assert.equal(file.instructions.length, 2);
  const [first] = file.instructions;
  assert.ok(first !== undefined);
  assert.equal((await instructionRanges(file, first))?.keyword.startLine, 1);
});

test("the escape character of the file is used", async () => {
  const file = scan(readSource("Dockerfile", "# escape=`\nRUN a `\n  $B\n"));
  const [run] = file.instructions;
  assert.ok(run !== undefined);
  const found = await instructionRanges(file, run);
  assert.deepEqual(
    found?.variables.map(({ range }) => [range.startLine, range.startColumn]),
    [[3, 3]],
  );
});
