import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/stages.ts";
import { listTargets, renderTargets, type TargetList } from "./targets.ts";

const at = (line: number): unknown => ({ ranges: [{ start: { line }, end: { line } }] });

function targets(text: string): TargetList["targets"] {
  return listTargets(parseDockerfile("Dockerfile", text)).targets;
}

for (const [name, text, expected] of [
  ["a stage without a name", "FROM scratch", [{ default: true, base: "scratch", location: at(1) }]],
  [
    "name, description, base and platform as they are written",
    "ARG V=1\n# build makes it\nFROM --platform=$BUILDPLATFORM go:$V AS build\nFROM build\n",
    [
      {
        name: "build",
        description: "makes it",
        base: "go:$V",
        platform: "$BUILDPLATFORM",
        location: at(3),
      },
      { default: true, base: "build", location: at(4) },
    ],
  ],
] as const)
  test(`targets: ${name}`, () => assert.deepEqual(targets(text), expected));

test("targets: the Dockerfile comes along", () => {
  const text = "FROM scratch\n";
  const [source = ""] = listTargets(parseDockerfile("Dockerfile", text)).sources;
  assert.equal(Buffer.from(source, "base64").toString(), text);
});

test("targets: as a table", () => {
  const text = "# a first\nFROM scratch AS a\nFROM scratch\nFROM scratch AS longest\n";
  assert.equal(
    renderTargets(listTargets(parseDockerfile("Dockerfile", text))),
    "TARGET              DESCRIPTION\na                   first\n\nlongest (default)\n",
  );
});
