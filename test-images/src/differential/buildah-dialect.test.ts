import assert from "node:assert/strict";
import { test } from "node:test";
import { buildahSteps, coarse } from "./buildah-dialect.ts";
import type { Tree } from "./item.ts";

for (const [name, ours, theirs] of [
  ["RUN", "RUN |1 a=b /bin/sh -c true  x # buildkit", "|1 a=b /bin/sh -c true  x"],
  ["COPY", "COPY --chown=1:2 a b /c/ # buildkit", "/bin/sh -c #(nop) COPY multi:0123 in /c/ "],
  ["ENV", "ENV a=b", "/bin/sh -c #(nop) ENV a=$c"],
] as const)
  test(`both say the same of ${name}`, () => assert.equal(coarse(ours), coarse(theirs)));

test("another command or another instruction is told apart", () => {
  assert.notEqual(coarse("RUN /bin/sh -c true # buildkit"), coarse("/bin/sh -c false"));
  assert.notEqual(coarse("ENV a=b"), coarse("/bin/sh -c #(nop) LABEL a=b"));
});

test("a WORKDIR's directory comes with the next layer", () => {
  const tree = (...paths: readonly string[]): Tree =>
    new Map(paths.map((path) => [path, { type: "directory" }]));
  const steps = buildahSteps([
    { instruction: "WORKDIR /w", tree: tree("w") },
    { instruction: "RUN true", tree: tree("r") },
    { instruction: "WORKDIR /last", tree: tree("last") },
  ]);
  assert.deepEqual(
    steps.map((each) => [each.instruction, [...each.tree.keys()]]),
    [["RUN true", ["w", "r"]]],
  );
});
