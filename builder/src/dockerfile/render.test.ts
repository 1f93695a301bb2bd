import assert from "node:assert/strict";
import { test } from "node:test";
import type { TsbuildError } from "@tsbuild/runner-native";
import { readSource } from "./scan/lines.ts";
import { renderError, renderExcerpt } from "./render.ts";
import { parseDockerfile } from "./stages.ts";

function errorOf(text: string): TsbuildError {
  try {
    parseDockerfile("Dockerfile", text);
  } catch (error) {
    return error as TsbuildError;
  }
  throw new Error("it parses");
}

test("an error shows its place, the lines around it and a caret under the token", () => {
  const text = "FROM a\nRUN x\n\tCOPY --form=a \\\n  b c\nCMD y\nCMD z\n";
  assert.equal(
    renderError(errorOf(text), readSource("Dockerfile", text)),
    [
      "Dockerfile:3:7: dockerfile parse error on line 3: unknown flag: --form (did you mean from?)",
      " 1 |     FROM a",
      " 2 |     RUN x",
      " 3 | >>> \tCOPY --form=a \\",
      "   |     \t     ^~~~~~~~",
      " 4 |       b c",
      " 5 |     CMD y",
      "hint: known flags: --chmod, --chown, --exclude, --from, --link, --parents",
    ].join("\n"),
  );
});

test("several problems are all shown", () => {
  const text = "FROM a\nFOO\nBAR\n";
  const rendered = renderError(errorOf(text), readSource("Dockerfile", text));
  assert.match(rendered, /line 2: unknown instruction: FOO/);
  assert.match(rendered, /line 3: unknown instruction: BAR/);
});

test("without its source an error is one line and its hint", () => {
  assert.equal(renderError(errorOf("FROM a\nENV A"), undefined).split("\n").length, 2);
});

test("a long instruction is shown by its ends", () => {
  const source = readSource("Dockerfile", `FROM a\n${"RUN x\n".repeat(100)}`);
  const lines = renderExcerpt(source, { file: "Dockerfile", line: 10, column: 1, endLine: 90 }).split("\n");
  assert.ok(lines.length < 25);
  assert.ok(lines.some((line) => line.endsWith("…")));
  assert.ok(lines.some((line) => line.startsWith(" 90 | >>>")));
});

test("a long line is cut around the caret", () => {
  const source = readSource("Dockerfile", `RUN ${"x".repeat(1000)}Y${"x".repeat(1000)}`);
  const location = { file: "Dockerfile", line: 1, column: 1005, endLine: 1, endColumn: 1006 };
  const [line = "", caret = ""] = renderExcerpt(source, location).split("\n");
  assert.ok(line.length < 200);
  assert.equal(line.indexOf("Y"), caret.indexOf("^"));
});

test("control characters of a file do not reach the terminal", () => {
  const source = readSource("Dockerfile", "RUN \u001b[2J");
  assert.ok(!renderExcerpt(source, { file: "Dockerfile", line: 1, column: 1 }).includes("\u001b"));
});
