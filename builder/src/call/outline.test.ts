import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/stages.ts";
import type { LowerOptions } from "../graph/options.ts";
import { linesOf } from "./location.ts";
import { type Outline, outlineOf, renderOutline } from "./outline.ts";

const buildPlatform = { os: "linux", architecture: "amd64" };

function outline(text: string, options: Partial<LowerOptions> = {}): Outline {
  const outlined = outlineOf(
    parseDockerfile("Dockerfile", text),
    { buildPlatform, ...options },
    () => undefined,
  );
  assert.ok(outlined.kind === "outline");
  return outlined.outline;
}

/** `NAME=value@line` */
function args(text: string, options: Partial<LowerOptions> = {}): string[] {
  return (outline(text, options).args ?? []).map(
    ({ name, value, location }) => `${name}=${value ?? ""}@${linesOf(location).startLine}`,
  );
}

const chain = [
  "ARG inner=s",
  "ARG outer=${inner}cratch",
  "ARG unused=x",
  "FROM ${outer} AS base",
  "ARG own=1",
  "FROM scratch AS other",
  "ARG elsewhere=2",
  "FROM base",
  "ARG last",
].join("\n");

for (const [name, text, options, expected] of [
  ["none", "FROM scratch", {}, []],
  [
    "what FROM uses counts with what its default uses",
    chain,
    {},
    ["inner=s@1", "outer=scratch@2", "own=1@5", "last=@9"],
  ],
  ["a stage that is not needed does not count", chain, { target: "other" }, ["elsewhere=2@7"]],
  [
    "a build argument gives the value, and the default's own arguments no longer count",
    chain,
    { buildArgs: { outer: "scratch", last: "z" } },
    ["outer=scratch@2", "own=1@5", "last=z@9"],
  ],
  ["a redeclared one is shown where its value is", "ARG a=1\nFROM scratch\nARG a\n", {}, ["a=1@1"]],
  ["a default of its own wins", "ARG a=1\nFROM scratch\nARG a=2\n", {}, ["a=2@3"]],
  [
    "what the default used before it was declared again counts",
    "ARG a=1\nARG b=2\nARG c=$a\nARG c=$c-$b\nFROM scratch\nARG c\n",
    {},
    ["a=1@1", "b=2@2", "c=1-2@4"],
  ],
  ["platform arguments are nobody's", "FROM scratch\nARG TARGETARCH\n", {}, []],
  [
    "a copied-from stage counts",
    "FROM scratch AS a\nARG x=1\nFROM scratch\nCOPY --from=a / /\n",
    {},
    ["x=1@2"],
  ],
  ["each of a line", "FROM scratch\nARG a=1 b=$a\n", {}, ["a=1@2", "b=1@2"]],
] as const)
  test(`outline: arguments: ${name}`, () => assert.deepEqual(args(text, options), expected));

const at = (line: number): unknown => ({ ranges: [{ start: { line }, end: { line } }] });

const mounts = [
  "# app what we ship",
  "FROM scratch AS app",
  "RUN --mount=type=secret,id=key true",
  "RUN --mount=type=secret,id=key,required --mount=type=secret,target=/x/other true",
  "RUN --mount=type=cache,target=/cache --mount=type=cache,id=go,target=/go true",
  "RUN --mount=type=ssh --mount=type=ssh,id=deploy,required true",
].join("\n");

test("outline: secrets, agents and caches once each, with the stage's name and description", () => {
  const { sources: _, ...rest } = outline(mounts);
  assert.deepEqual(rest, {
    name: "app",
    description: "what we ship",
    secrets: [
      { name: "key", location: at(3), required: true },
      { name: "other", location: at(4) },
    ],
    ssh: [
      { name: "default", location: at(6) },
      { name: "deploy", location: at(6), required: true },
    ],
    cache: [
      { ID: "/cache", location: at(5) },
      { ID: "go", location: at(5) },
    ],
  });
});

test("outline: the namespace of caches is no part of their ids", () => {
  const { cache } = outline(mounts, { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: "team" } });
  assert.deepEqual(
    cache?.map(({ ID }) => ID),
    ["/cache", "go"],
  );
});

test("outline: an image that is not known is asked for", () => {
  const asked = outlineOf(parseDockerfile("D", "FROM busybox\n"), { buildPlatform }, () => undefined);
  assert.ok(asked.kind === "needs");
  assert.deepEqual(
    asked.images.map(({ reference }) => reference),
    ["docker.io/library/busybox:latest"],
  );
});

test("outline: in tables", () => {
  const text = renderOutline(outline(`${mounts}\n# V version of it\nARG V=1\nARG LONGER\n`));
  assert.equal(
    text,
    [
      "TARGET: app",
      "DESCRIPTION: what we ship",
      "",
      "BUILD ARG   VALUE   DESCRIPTION",
      "V           1       version of it",
      "LONGER",
      "",
      "SECRET   REQUIRED",
      "key      true",
      "other",
      "",
      "SSH       REQUIRED",
      "default",
      "deploy    true",
      "",
      "CACHE MOUNT",
      "/cache",
      "go",
      "",
    ].join("\n"),
  );
});
