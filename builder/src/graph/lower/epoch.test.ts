import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, graphOf, linux, only } from "../../../testing/lowering.ts";
import { parseDockerfile } from "../../dockerfile/stages.ts";
import { lower } from "./lower.ts";
import type { LowerOptions } from "../options.ts";

for (const [name, text, setting, epoch] of [
  ["nothing", "FROM scratch", {}, undefined],
  ["a build argument", "FROM scratch", { buildArgs: { SOURCE_DATE_EPOCH: "5" } }, 5],
  ["a default", "ARG SOURCE_DATE_EPOCH=7\nFROM scratch", {}, 7],
  ["both", "ARG SOURCE_DATE_EPOCH=7\nFROM scratch", { buildArgs: { SOURCE_DATE_EPOCH: "5" } }, 5],
  [
    "an empty build argument",
    "ARG SOURCE_DATE_EPOCH=7\nFROM scratch",
    { buildArgs: { SOURCE_DATE_EPOCH: "" } },
    undefined,
  ],
  ["a local context", "ARG SOURCE_DATE_EPOCH=context\nFROM scratch", {}, undefined],
] as const)
  test(`SOURCE_DATE_EPOCH: ${name}`, () => {
    assert.equal(graphOf(text, setting).output.epoch, epoch);
  });

const web = { kind: "http", url: "http://h/src.tar", fileName: "context" } as const;
const stage = "FROM scratch AS src\nARG v=1\nADD http://h/src-$v.tar /\nFROM scratch\n";
const time = (key: string, seconds: number | undefined): Partial<LowerOptions> => ({
  sourceTimes: new Map([[key, seconds]]),
});

for (const [name, value, options, label] of [
  ["the main context", "context", { mainContext: web }, "main build context"],
  ["a named context", "src", { contexts: { src: web } }, "named context src"],
  ["a stage", "src", {}, "source stage src"],
  ["a stage in other letters", "SRC", {}, "source stage SRC"],
] as const)
  test(`SOURCE_DATE_EPOCH of something remote is asked for: ${name}`, () => {
    for (const given of ["argument", "default"]) {
      const isArgument = given === "argument";
      const text = `${isArgument ? "" : `ARG SOURCE_DATE_EPOCH=${value}\n`}${stage}`;
      const setting = {
        buildPlatform: linux,
        ...options,
        ...(isArgument && { buildArgs: { SOURCE_DATE_EPOCH: value } }),
      };
      const asked = lower(parseDockerfile("Dockerfile", text), setting, () => undefined);
      assert.ok(asked.kind === "needs");
      assert.deepEqual(
        asked.times.map((needed) => needed.label),
        [label],
      );
      assert.match(JSON.stringify(asked.times[0]?.source), /"http:\/\/h\/src(?:-1)?\.tar"/);
      const known = { ...setting, ...time(label, 77) };
      const run = `${text}ARG SOURCE_DATE_EPOCH\nRUN x\n`;
      const graph = graphOf(run, known);
      assert.equal(graph.output.epoch, 77);
      assert.ok(only(graph, "run").env.includes("SOURCE_DATE_EPOCH=77"));
      const unknown = graphOf(run, { ...setting, ...time(label, undefined) });
      assert.equal(unknown.output.epoch, undefined);
      assert.ok(only(unknown, "run").env.includes("SOURCE_DATE_EPOCH="));
    }
  });

test("SOURCE_DATE_EPOCH=context is when the context's source was changed, and images have no time", () => {
  const buildArgs = { SOURCE_DATE_EPOCH: "context" };
  const mainContext = { kind: "local", modifiedSeconds: 5 } as const;
  assert.equal(graphOf("FROM scratch", { buildArgs, mainContext }).output.epoch, 5);
  const contexts = { img: { kind: "image", reference: "b" } } as const;
  assert.equal(
    graphOf("FROM scratch", { buildArgs: { SOURCE_DATE_EPOCH: "img" }, contexts }).output.epoch,
    undefined,
  );
});

for (const [name, lines, sentence] of [
  ["another base", "FROM b AS src\nADD http://h/x /", /stage must use FROM scratch/],
  [
    "another instruction",
    "FROM scratch AS src\nCOPY x /",
    /does not meet source-only requirements: unsupported copy instruction/,
  ],
  ["nothing", "FROM scratch AS src", /must contain exactly one remote ADD$/],
  ["two", "FROM scratch AS src\nADD http://h/x /\nADD http://h/y /", /must contain exactly one remote ADD$/],
  ["two sources", "FROM scratch AS src\nADD http://h/x http://h/y /", /exactly one remote ADD source/],
  ["a local source", "FROM scratch AS src\nADD x /", /must be a single HTTP\(S\) or Git ADD/],
  ["a heredoc", "FROM scratch AS src\nADD <<x /\nx", /exactly one remote ADD source/],
] as const)
  test(`a stage that gives no time is an error at its FROM: ${name}`, () => {
    const error = failure(`ARG SOURCE_DATE_EPOCH=src\n${lines}\nFROM scratch`);
    assert.match(error.message, sentence);
    assert.equal(error.location?.line, 2);
  });

test("SOURCE_DATE_EPOCH that means nothing is an error where it stands", () => {
  const error = failure("ARG SOURCE_DATE_EPOCH=not-a-timestamp\nFROM scratch");
  assert.match(error.message, /invalid SOURCE_DATE_EPOCH: not-a-timestamp/);
  assert.equal(error.location?.line, 1);
  const option = failure("FROM scratch", { buildArgs: { SOURCE_DATE_EPOCH: "context:x" } });
  assert.equal(option.code, "OPTION_INVALID");
});
