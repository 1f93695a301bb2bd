import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Built } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** Errors say which lines of the Dockerfile they are about. */
export const sourceMapChecks: HandChecks = {
  "testErrorsSourceMap 0": marks(2),
  "testErrorsSourceMap 1": marks(1),
  "testErrorsSourceMap 2": marks(3),
  "testErrorsSourceMap 3": marks(3),
  "testErrorsSourceMap 4": marks(3),
  "testErrorsSourceMap 5": marks(3),
  "testErrorsSourceMap 6": marks(2, 3),
};

/** The lines that the excerpt of the failed build marks: those of the error, and of nothing else. */
function marks(...lines: readonly number[]): HandCheck {
  return {
    rewrites: 5,
    leaves: [
      { matching: /Info\.Definition/, reason: "it is the definition of a step in BuildKit's protocol" },
    ],
    check: (built) => {
      assert.match(built.ended.text, new RegExp(`^Dockerfile:${lines[0]}$`, "m"));
      assert.deepEqual(
        markedLines(built),
        lines.map((line) => [line, dockerfileLine(built, line)]),
      );
    },
  };
}

function markedLines({ ended }: Built): readonly (readonly [number, string])[] {
  return [...ended.text.matchAll(/^ *(\d+) \| >>> (.*)$/gm)].map(
    ([, line, text = ""]) => [Number(line), text] as const,
  );
}

function dockerfileLine({ place }: Built, line: number): string {
  return readFileSync(join(place.context, "Dockerfile"), "utf8").split("\n")[line - 1] ?? "";
}
