import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/stages.ts";
import { lower } from "../graph/lower/lower.ts";
import type { BuildGraph } from "../graph/step.ts";
import { timesOfSteps } from "./step-times.ts";

function graphOf(text: string): BuildGraph {
  const buildPlatform = { os: "linux", architecture: "amd64" };
  const lowered = lower(parseDockerfile("Dockerfile", text), { buildPlatform }, () => undefined);
  assert.equal(lowered.kind, "graph");
  return (lowered as Extract<typeof lowered, { kind: "graph" }>).graph;
}

for (const [what, text, expected] of [
  ["an image of metadata only", "FROM scratch\nENV A=b\n", []],
  ["a RUN", 'FROM scratch\nRUN ["x"]\n', ["clamped"]],
  ["files of a context", "FROM scratch\nCOPY a /\n", ["set"]],
  ["a heredoc", "FROM scratch\nCOPY <<EOF /f\ntext\nEOF\n", ["set"]],
  ["a WORKDIR", "FROM scratch\nWORKDIR /a\n", ["set"]],
  [
    "what a RUN made elsewhere",
    'FROM scratch AS a\nRUN ["x"]\nFROM scratch\nCOPY --from=a /f /\n',
    ["clamped"],
  ],
  ["a context by way of a stage", "FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a /f /\n", ["set"]],
  [
    "a context by way of what a stage mounts",
    'FROM scratch AS a\nRUN --mount=target=/c ["x"]\nFROM scratch\nCOPY --from=a /f /\n',
    ["set"],
  ],
  ["layers from the bottom up", 'FROM scratch\nCOPY a /\nRUN ["x"]\nWORKDIR /b\n', ["set", "clamped", "set"]],
] as const)
  test(`the times of ${what}`, () => assert.deepEqual(timesOfSteps(graphOf(text), "all"), expected));

test("without --reproducible only the directories of WORKDIR get the epoch", () => {
  const graph = graphOf('FROM scratch\nCOPY a /\nWORKDIR /b\nRUN ["x"]\n');
  assert.deepEqual(timesOfSteps(graph, "directories"), ["kept", "set", "kept"]);
});

test("with rewrite-timestamp everything else is clamped", () => {
  const graph = graphOf('FROM scratch\nCOPY a /\nWORKDIR /b\nRUN ["x"]\n');
  assert.deepEqual(timesOfSteps(graph, "young"), ["clamped", "set", "clamped"]);
});
