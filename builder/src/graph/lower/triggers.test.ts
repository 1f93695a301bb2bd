import assert from "node:assert/strict";
import { test } from "node:test";
import { base, config, failure, graphOf, linux, names, only } from "../../../testing/lowering.ts";
import { parseDockerfile } from "../../dockerfile/stages.ts";
import { lower } from "./lower.ts";
import type { ResolvedBase, RunStep } from "../step.ts";

test("triggers of a base run first and are not handed on", () => {
  const bases = { "docker.io/library/b:latest": base({ OnBuild: ["ENV A=1", "RUN echo $A"] }) };
  const graph = graphOf("FROM b\nRUN own\n", { bases });
  assert.deepEqual(names(graph).slice(1), ["[2/4] ONBUILD RUN echo 1", "[3/4] RUN own"]);
  assert.equal(config(graph).OnBuild, undefined);
});

test("triggers of a stage of the same file run in its child, not in its grandchild", () => {
  const text = "FROM b AS a\nONBUILD RUN t\nFROM a AS c\nRUN own\nFROM c\nRUN last\n";
  const runs = graphOf(text).steps.filter(({ kind }) => kind === "run");
  assert.deepEqual(
    runs.map((step) => (step as RunStep).argv[2]),
    ["t", "own", "last"],
  );
});

test("a trigger that copies from an image asks for that image", () => {
  const bases: Record<string, ResolvedBase> = {
    "docker.io/library/b:latest": base({ OnBuild: ["COPY --from=tool /x /x"] }),
  };
  const lowered = lower(
    parseDockerfile("Dockerfile", "FROM b"),
    { buildPlatform: linux },
    (reference) => bases[reference],
  );
  assert.deepEqual(lowered.kind === "needs" && lowered.images.map(({ reference }) => reference), [
    "docker.io/library/tool:latest",
  ]);
});

test("a trigger that is wrong is refused at the FROM that brings it", () => {
  const bases = { "docker.io/library/b:latest": base({ OnBuild: ["COPY x"] }) };
  const error = failure("ARG a\nFROM b", { bases });
  assert.match(error.message, /ONBUILD trigger "COPY x": .*COPY requires at least two arguments/);
  assert.equal(error.location?.line, 2);
});

for (const [name, trigger, sentence] of [
  ["two escape directives", "# escape=`\n# escape=`\n", /only one escape parser directive/],
  ["a line that is too long", `RUN ${"x".repeat(70_000)}`, /greater than max allowed size/],
  ["a wrong mount", "RUN --mount=type=bind,target=/x,$A y", /must be a key=value pair/],
] as const)
  test(`a trigger with ${name} is refused at the FROM that pulled it in`, () => {
    const bases = { "docker.io/library/b:latest": base({ OnBuild: [trigger] }) };
    const error = failure("# about\nFROM b", { bases });
    assert.match(error.message, sentence);
    assert.deepEqual([error.location?.line, error.location?.column, error.location?.endLine], [2, 1, 2]);
  });

test("a heredoc in a trigger comes with it", () => {
  const bases = { "docker.io/library/b:latest": base({ OnBuild: ["COPY <<EOF /x\nhi\nEOF"] }) };
  const [source] = only(graphOf("FROM b", { bases }), "copy").sources;
  assert.deepEqual(source, { kind: "inline", fileName: "EOF", content: "hi\n" });
});
