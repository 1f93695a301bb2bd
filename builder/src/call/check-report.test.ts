import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../graph/check.ts";
import { type CheckReport, checkReport, renderCheck } from "./check-report.ts";
import { renderLines } from "./render-lines.ts";

const buildPlatform = { os: "linux", architecture: "amd64" };

function report(text: string): CheckReport {
  const checked = check({ file: "Dockerfile", content: text, options: { buildPlatform } }, () => undefined);
  assert.ok(checked.kind === "checked");
  return checkReport(checked, { file: "Dockerfile", text });
}

const text = "FROM scratch AS Base\nCMD a \\\n  b\n";

test("check: warnings by line, each line a range, and the Dockerfile", () => {
  const { warnings, sources, buildError } = report(text);
  assert.equal(buildError, undefined);
  assert.deepEqual(
    warnings.map(({ ruleName, location }) => [ruleName, location]),
    [
      ["StageNameCasing", { ranges: [{ start: { line: 1 }, end: { line: 1 } }] }],
      [
        "JSONArgsRecommended",
        {
          ranges: [
            { start: { line: 2 }, end: { line: 2 } },
            { start: { line: 3 }, end: { line: 3 } },
          ],
        },
      ],
    ],
  );
  assert.deepEqual(sources, [
    { filename: "Dockerfile", language: "Dockerfile", data: Buffer.from(text).toString("base64") },
  ]);
});

test("check: a broken Dockerfile keeps its warnings and says why", () => {
  const { warnings, buildError } = report("FROM scratch AS Base\nFORM x\n");
  assert.equal(warnings.length, 1);
  assert.match(buildError?.message ?? "", /unknown instruction: FORM/);
  assert.equal(buildError?.location?.ranges[0]?.start.line, 2);
});

test("check: that warnings are errors is no error of the file", () => {
  assert.equal(report("# check=error=true\nFROM scratch AS Base\n").buildError, undefined);
});

test("check: what is skipped is not in it", () => {
  assert.deepEqual(report("# check=skip=StageNameCasing\nFROM scratch AS Base\n").warnings, []);
});

test("check: for people", () => {
  assert.equal(
    renderCheck(report("FROM scratch AS Base\n"), { file: "Dockerfile", text: "FROM scratch AS Base\n" }),
    [
      "Check complete, 1 warning has been found!",
      "",
      "WARNING: StageNameCasing - https://docs.docker.com/go/dockerfile/rule/stage-name-casing/",
      "Stage name 'Base' should be lowercase",
      "Dockerfile:1",
      "--------------------",
      "   1 | >>> FROM scratch AS Base",
      "   2 |     ",
      "--------------------",
      "",
    ].join("\n"),
  );
  const clean = "FROM scratch\n";
  assert.equal(
    renderCheck(report(clean), { file: "Dockerfile", text: clean }),
    "Check complete, no warnings found.\n",
  );
});

for (const [name, startLine, endLine, shown] of [
  ["a line in the middle", 5, 5, [3, 7]],
  ["the first line", 1, 1, [1, 3]],
  ["several lines", 4, 5, [3, 6]],
  ["lines beyond the end", 8, 12, [7, 9]],
] as const)
  test(`excerpt: ${name}`, () => {
    const source = { file: "D", text: "1\n2\n3\n4\n5\n6\n7\n8\n9" };
    const numbers = [...renderLines(source, { startLine, endLine }).matchAll(/^ +(\d+) \|/gm)].map(
      ([, number]) => Number(number),
    );
    assert.deepEqual([numbers.at(0), numbers.at(-1)], shown);
  });

test("excerpt: what would move the cursor is not printed", () => {
  assert.doesNotMatch(
    renderLines({ file: "D", text: "RUN \u001b[2J" }, { startLine: 1, endLine: 1 }),
    /\u001b/,
  );
});
