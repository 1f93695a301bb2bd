import assert from "node:assert/strict";
import { test } from "node:test";
import { base, graphOf, linux, names, only } from "../../../testing/lowering.ts";
import { parseDockerfile } from "../../dockerfile/stages.ts";
import { lower } from "./lower.ts";

test("a named context replaces an image, a stage and a source", () => {
  const contexts = { alpine: { kind: "image", reference: "b" }, st: { kind: "local" } } as const;
  const graph = graphOf("FROM alpine:latest\nCOPY --from=st / /x\n", { contexts });
  assert.equal(only(graph, "image").reference, "docker.io/library/b:latest");
  assert.equal(only(graph, "context").context, "st");
  const stage = graphOf("FROM nowhere AS st\nRUN x\nFROM scratch\nCOPY --from=st / /\n", { contexts });
  assert.deepEqual(
    stage.steps.map(({ kind }) => kind),
    ["context", "scratch", "copy"],
  );
});

test("a named context replaces a stage that starts from another one, and what only that stage needs", () => {
  const contexts = { mid: { kind: "image", reference: "b" } } as const;
  const text = "FROM nowhere AS low\nFROM low AS mid\nCOPY --from=other /x /\nFROM mid\nRUN x";
  const graph = graphOf(text, { contexts, bases: { "docker.io/library/b:latest": base() } });
  assert.deepEqual(names(graph), ["[context mid] b", "[stage-2 1/1] RUN x"]);
});

test("ONBUILD triggers run in a stage that starts from a context, and not in one that a context replaces", () => {
  const bases = { "docker.io/library/b:latest": base({ OnBuild: ["RUN trigger"] }) };
  const contexts = { st: { kind: "image", reference: "b" } } as const;
  const from = graphOf("FROM st AS x\nRUN own", { bases, contexts });
  // As BuildKit: the context counts as a step and has no number.
  assert.deepEqual(names(from), ["[context st] b", "[1/3] ONBUILD RUN trigger", "[2/3] RUN own"]);
  assert.deepEqual(names(graphOf("FROM scratch AS st", { bases, contexts })), ["[context st] b"]);
});

for (const [name, key, text, isReplaced] of [
  ["a long name for a short one", "docker.io/library/x:latest", "FROM x", true],
  ["a short name for a long one", "x", "FROM docker.io/library/x", true],
  ["a tag counts", "x", "FROM x:1", false],
  ["its platform", "x::linux/amd64", "FROM x", true],
  ["another platform", "x::linux/arm64", "FROM x", false],
  ["the platform of the stage", "x::linux/arm64", "FROM --platform=linux/arm64 x", true],
  ["a mount's source", "x", "FROM scratch\nRUN --mount=from=x,target=/x y", true],
  ["scratch is what it is", "scratch", "FROM scratch", false],
] as const)
  test(`which named context is meant: ${name}`, () => {
    const graph = graphOf(text, { contexts: { [key]: { kind: "local" } } });
    assert.equal(
      graph.steps.some(({ kind }) => kind === "context"),
      isReplaced,
    );
  });

test("the context of a platform goes before that of all", () => {
  const contexts = { x: { kind: "local" }, "x::linux/amd64": { kind: "local" } } as const;
  assert.equal(only(graphOf("FROM x", { contexts }), "context").context, "x::linux/amd64");
});

for (const [name, reference, kind] of [
  ["scratch", "scratch", "scratch"],
  ["an OCI layout", "oci-layout:///d:latest", "image"],
] as const)
  test(`a named context that is ${name}`, () => {
    const graph = graphOf("FROM x", { contexts: { x: { kind: "image", reference } } });
    assert.deepEqual(
      graph.steps.map((step) => step.kind),
      [kind],
    );
  });

for (const [name, text, hint] of [
  [
    "COPY --from",
    "FROM scratch AS base\nFROM scratch\nCOPY --from=bsae / /",
    "no stage is called bsae, did you mean stage base?",
  ],
  ["nothing near", "FROM scratch\nCOPY --from=b / /", "no stage is called b"],
  ["FROM", "FROM scratch AS base\nFROM baes", "did you mean stage base?"],
  ["a common image", "FROM alpin", "did you mean alpine?"],
  [
    "a later stage",
    "FROM last\nFROM scratch AS last\nCOPY --from=0 / /",
    "a stage last stands below this line, and a stage is known only below its FROM",
  ],
  ["a stage called as its base", "FROM app AS app", undefined],
  ["a full name", "FROM scratch AS a\nFROM b/a:1", undefined],
] as const)
  test(`an image that is not known may have been meant as a stage: ${name}`, () => {
    const dockerfile = parseDockerfile("Dockerfile", text);
    const lowered = lower(dockerfile, { buildPlatform: linux }, () => undefined);
    assert.ok(lowered.kind === "needs");
    assert.equal(lowered.images[0]?.hint, hint);
  });
