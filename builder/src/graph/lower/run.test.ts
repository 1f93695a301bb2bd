import assert from "node:assert/strict";
import { test } from "node:test";
import { graphOf, only, type Setting } from "../../../testing/lowering.ts";
import type { RunStep } from "../step.ts";

function run(line: string, setting: Setting = {}): RunStep {
  return only(graphOf(`FROM scratch\nWORKDIR /w\n${line}`, setting), "run");
}

for (const [name, line, argv] of [
  ["shell form", "RUN echo  'a' # no comment", ["/bin/sh", "-c", "echo  'a' # no comment"]],
  ["exec form", 'RUN ["a", "$B"]', ["a", "$B"]],
  ["a heredoc is the script", "RUN <<EOF\na $B\nEOF", ["/bin/sh", "-c", "a $B\n"]],
  ["tabs of <<- go", "RUN <<-EOF\n\ta\n\tEOF", ["/bin/sh", "-c", "a\n"]],
  [
    "with a command the shell reads the heredoc",
    "RUN cat <<A <<B\n1\nA\n2\nB",
    ["/bin/sh", "-c", "cat <<A <<B\n1\nA\n2\nB"],
  ],
  ["the shell of SHELL", 'SHELL ["/b"]\nRUN x', ["/b", "x"]],
] as const)
  test(`RUN: ${name}`, () => {
    assert.deepEqual(run(line).argv, argv);
  });

test("a heredoc that starts with #! once its tabs are chomped is a program, too", () => {
  const step = run("RUN <<-EOF\n\t#!/bin/awk -f\n\tBEGIN {}\nEOF");
  assert.deepEqual(step.mounts, [
    { kind: "inline", target: "/dev/pipes/EOF", content: "#!/bin/awk -f\nBEGIN {}\n", mode: 0o755 },
  ]);
});

test("a heredoc that starts with #! is a program of its own", () => {
  const step = run("RUN <<EOF\n#!/usr/bin/env python\nprint(1)\nEOF");
  assert.deepEqual(step.argv, ["/bin/sh", "-c", "/dev/pipes/EOF"]);
  assert.deepEqual(step.mounts, [
    { kind: "inline", target: "/dev/pipes/EOF", content: "#!/usr/bin/env python\nprint(1)\n", mode: 0o755 },
  ]);
  assert.equal(step.name, "[2/2] RUN <<EOF (#!/usr/bin/env python...)");
});

test("mounts are lowered with their defaults", () => {
  const step = run(
    [
      "RUN --mount=target=in,source=/a/../b",
      "--mount=type=cache,target=/c,sharing=locked,uid=1,mode=0700",
      "--mount=type=tmpfs,target=/t,size=1m",
      "--mount=type=secret,id=s,env=TOKEN",
      "--mount=type=secret,target=/k/key,required",
      "x",
    ].join(" "),
    { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: "ns" } },
  );
  assert.deepEqual(step.mounts, [
    { kind: "bind", target: "/w/in", input: 1, source: "b", readonly: true },
    {
      kind: "cache",
      target: "/c",
      id: "ns//c",
      sharing: "locked",
      readonly: false,
      input: undefined,
      source: "",
      mode: 0o700,
      uid: 1,
      gid: 0,
    },
    { kind: "tmpfs", target: "/t", sizeBytes: 1024 * 1024 },
    {
      kind: "secret",
      id: "s",
      target: undefined,
      env: "TOKEN",
      required: false,
      mode: 0o400,
      uid: 0,
      gid: 0,
    },
    {
      kind: "secret",
      id: "key",
      target: "/k/key",
      env: undefined,
      required: true,
      mode: 0o400,
      uid: 0,
      gid: 0,
    },
  ]);
});

test("a secret in the environment is hidden in the step's name", () => {
  assert.match(run("RUN --mount=type=secret,id=s,env=TOKEN echo $TOKEN").name, /echo \*\*\*\*$/);
});

test("the network of a build holds where RUN names none", () => {
  assert.equal(run("RUN x", { network: "none" }).network, "none");
  assert.equal(run("RUN --network=host x", { network: "none" }).network, "host");
});
