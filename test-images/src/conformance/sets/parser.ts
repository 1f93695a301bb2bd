import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseInstructions, readSource } from "@tsbuild/builder/testing";
import { dumpFile } from "../sexp.ts";
import { type ConformanceSet, resultOf } from "../row.ts";

function directories(data: string, path: string): readonly string[] {
  return readdirSync(join(data, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

const positive: ConformanceSet = {
  name: "buildkit-parser/testfiles",
  needs: "buildkit-parser/testfiles",
  rows: (data) =>
    directories(data, "buildkit-parser/testfiles").map((name) => {
      const directory = join(data, "buildkit-parser/testfiles", name);
      return {
        name,
        actual: resultOf(() => `${dumpFile(readFileSync(join(directory, "Dockerfile")))}\n`),
        expected: readFileSync(join(directory, "result"), "utf8"),
      };
    }),
};

const negative: ConformanceSet = {
  name: "buildkit-parser/testfiles-negative",
  needs: "buildkit-parser/testfiles-negative",
  rows: (data) =>
    directories(data, "buildkit-parser/testfiles-negative").map((name) => ({
      name,
      actual: problemsIn(join(data, "buildkit-parser/testfiles-negative", name, "Dockerfile")) > 0,
      expected: true,
    })),
};

function problemsIn(path: string): number {
  return parseInstructions(readSource("Dockerfile", readFileSync(path))).problems.length;
}

const lines: ConformanceSet = {
  name: "buildkit-parser/testfile-line",
  needs: "buildkit-parser/testfile-line",
  rows: (data) => {
    const bytes = readFileSync(join(data, "buildkit-parser/testfile-line/Dockerfile"));
    const { instructions } = parseInstructions(readSource("Dockerfile", bytes));
    const found = instructions.map(({ scanned }) => [scanned.startLine, scanned.endLine]);
    return [
      {
        name: "lines",
        actual: [[found[0]?.[0], found.at(-1)?.[1]], found],
        expected: [
          [5, 31],
          [
            [5, 5],
            [11, 12],
            [17, 31],
          ],
        ],
      },
    ];
  },
};

export const parserSets: readonly ConformanceSet[] = [positive, negative, lines];
