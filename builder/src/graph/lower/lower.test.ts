import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerConfig, parseDigest, parseImageConfig } from "@tsbuild/layers";
import type { TsbuildError } from "@tsbuild/runner-native";
import { parseDockerfile } from "../../dockerfile/stages.ts";
import { lower } from "./lower.ts";
import type { LowerOptions } from "../options.ts";
import type { BuildGraph, CopyStep, ResolvedBase, RunStep, Step } from "../step.ts";

const linux = { os: "linux", architecture: "amd64" };
const digest = parseDigest(`sha256:${"a".repeat(64)}`);

function base(config: object = {}, more: object = {}): ResolvedBase {
  const document = {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [digest] },
    history: [{ created: "2020-01-01T00:00:00Z", created_by: "base" }],
    ...more,
  };
  return {
    reference: "base",
    digest,
    manifest: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 },
    config: parseImageConfig(Buffer.from(JSON.stringify(document)), "base").config,
  };
}

interface Setting extends Partial<LowerOptions> {
  readonly bases?: Readonly<Record<string, ResolvedBase>>;
}

function graphOf(text: string, { bases = {}, ...options }: Setting = {}): BuildGraph {
  const lowered = lower(
    parseDockerfile("Dockerfile", text),
    { buildPlatform: linux, ...options },
    (reference) => bases[reference] ?? base(),
  );
  assert.ok(lowered.kind === "graph");
  return lowered.graph;
}

function names({ steps }: BuildGraph): readonly string[] {
  return steps.map(({ name }) => name);
}

function only<Kind extends Step["kind"]>(graph: BuildGraph, kind: Kind): Extract<Step, { kind: Kind }> {
  const found = graph.steps.filter((step): step is Extract<Step, { kind: Kind }> => step.kind === kind);
  assert.equal(found.length, 1);
  const [step] = found;
  assert.ok(step !== undefined);
  return step;
}

function history(graph: BuildGraph): readonly string[] {
  return graph.output.history.map(
    (entry) => `${entry.created_by}${entry.empty_layer === true ? " (empty)" : ""}`,
  );
}

function config(graph: BuildGraph): ContainerConfig {
  return graph.output.config.config ?? {};
}

function failure(text: string, setting: Setting = {}): TsbuildError {
  try {
    graphOf(text, setting);
  } catch (error) {
    return error as TsbuildError;
  }
  throw new Error("it lowers");
}

const shown = `docker.io/library/b:latest@${digest}`;

test("bases that are not known are asked for, each once", () => {
  const file = parseDockerfile(
    "Dockerfile",
    "FROM a AS x\nFROM b\nCOPY --from=x / /\nCOPY --from=a:latest / /\n",
  );
  const lowered = lower(file, { buildPlatform: linux }, () => undefined);
  assert.ok(lowered.kind === "needs");
  assert.deepEqual(
    lowered.images.map(({ reference, span }) => [reference, span.startLine]),
    [
      ["docker.io/library/a:latest", 4],
      ["docker.io/library/b:latest", 2],
    ],
  );
});

test("what the target does not need is not asked for", () => {
  const file = parseDockerfile(
    "Dockerfile",
    "FROM a AS x\nRUN x\nFROM b AS y\nFROM scratch\nCOPY --from=y / /\n",
  );
  const lowered = lower(file, { buildPlatform: linux, target: "Y" }, () => undefined);
  assert.deepEqual(lowered.kind === "needs" && lowered.images.map(({ reference }) => reference), [
    "docker.io/library/b:latest",
  ]);
});

test("steps are named and counted as BuildKit does", () => {
  const text =
    'FROM b AS build\nWORKDIR /w\nCOPY a b\nRUN echo $X "$Y"\nFROM b\nENV A=1\nCOPY --from=build /x /y$A\n';
  assert.deepEqual(names(graphOf(text)), [
    `[build 1/4] FROM ${shown}`,
    "[build 2/4] WORKDIR /w",
    "[internal] load build context",
    "[build 3/4] COPY a b",
    '[build 4/4] RUN echo $X "$Y"',
    "[stage-1 2/2] COPY --from=build /x /y1",
  ]);
});

test("a lone stage has no name, ten steps are aligned", () => {
  const found = names(graphOf(`FROM b\n${"RUN x\n".repeat(9)}`));
  assert.equal(found[0], `[ 1/10] FROM ${shown}`);
  assert.equal(found[9], "[10/10] RUN x");
});

test("a mount gives a lone stage its name", () => {
  assert.equal(
    names(graphOf("FROM b\nRUN --mount=type=cache,target=/c x"))[0],
    `[stage-0 1/2] FROM ${shown}`,
  );
});

test("several platforms are named in steps", () => {
  const [name] = names(
    graphOf("FROM b\n", { isMultiPlatform: true, targetPlatform: { os: "linux", architecture: "arm64" } }),
  );
  assert.equal(name, `[linux/arm64 1/1] FROM ${shown}`);
});

test("history says what each instruction did", () => {
  const text = [
    "FROM scratch",
    "ARG A=1 B",
    'ENV K=v L="x y"',
    "LABEL l=1",
    "MAINTAINER me",
    "WORKDIR /w",
    "WORKDIR /",
    "USER u:g",
    "EXPOSE 90/UDP 8080-8081",
    "VOLUME /v /w",
    "STOPSIGNAL SIGTERM",
    'SHELL ["/bin/bash", "-c"]',
    "COPY --chown=1 --chmod=600 --from=scratch a b /c/",
    "ADD <<EOF d /e",
    "x",
    "EOF",
    "RUN echo $A",
    "HEALTHCHECK --interval=90s --retries=3 CMD true",
    'ENTRYPOINT ["/e", "x"]',
    "CMD run it",
    "ONBUILD RUN x",
  ].join("\n");
  assert.deepEqual(history(graphOf(text)), [
    "ARG A=1 B (empty)",
    "ENV K=v L=x y (empty)",
    "LABEL l=1 (empty)",
    "MAINTAINER me (empty)",
    "WORKDIR /w",
    "WORKDIR / (empty)",
    "USER u:g (empty)",
    "EXPOSE [8080/tcp 8081/tcp 90/udp] (empty)",
    "VOLUME [/v /w] (empty)",
    "STOPSIGNAL SIGTERM (empty)",
    "SHELL [/bin/bash -c] (empty)",
    "COPY --chown=1 --chmod=600 a b /c/ # buildkit",
    "ADD d <<EOF /e # buildkit",
    "RUN |2 A=1 B= /bin/bash -c echo $A # buildkit",
    `HEALTHCHECK &{["CMD-SHELL" "true"] "1m30s" "0s" "0s" "0s" '\\x03'} (empty)`,
    'ENTRYPOINT ["/e" "x"] (empty)',
    'CMD ["/bin/bash" "-c" "run it"] (empty)',
  ]);
});

test("the config keeps what the base says and drops what no one knows", () => {
  const bases = {
    "docker.io/library/b:latest": base(
      {
        Env: ["X=1", "PATH=/bin"],
        Cmd: ["sh"],
        Labels: { b: "2" },
        Unknown: true,
        WorkingDir: "rel/dir",
        OnBuild: [],
        Healthcheck: { Test: ["NONE"] },
      },
      { variant: "v2", container: "x", author: "someone" },
    ),
  };
  const graph = graphOf("FROM b\nENV X=2 Z=3\nLABEL a=1 10=x 9=y\n", { bases });
  assert.deepEqual(graph.output.config, {
    architecture: "amd64",
    author: "someone",
    config: {
      Env: ["X=2", "PATH=/bin", "Z=3"],
      Cmd: ["sh"],
      WorkingDir: "/rel/dir/rel/dir",
      Labels: { "10": "x", "9": "y", a: "1", b: "2" },
      Healthcheck: { Test: ["NONE"] },
    },
    os: "linux",
    variant: "v2",
  });
  assert.deepEqual(graph.output.baseHistory, [{ created: "2020-01-01T00:00:00Z", created_by: "base" }]);
});

test("an image from scratch has a PATH and a working directory", () => {
  assert.deepEqual(config(graphOf("FROM scratch")), {
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    WorkingDir: "/",
  });
});

test("an image for Windows has its shell and no PATH", () => {
  const targetPlatform = { os: "windows", architecture: "amd64" };
  assert.deepEqual(config(graphOf("FROM scratch\nENTRYPOINT foo bar", { targetPlatform })), {
    Entrypoint: ["cmd", "/S", "/C", "foo bar"],
    WorkingDir: "/",
  });
});

test("the version of the base's system stays, unless the platform names one", () => {
  const bases = { "docker.io/library/b:latest": base({}, { os: "windows", "os.version": "10.0.1" }) };
  const targetPlatform = { os: "windows", architecture: "amd64" };
  const versionOf = (wanted: Setting["targetPlatform"] & object): string | undefined =>
    graphOf("FROM b", { bases, targetPlatform: wanted }).output.config["os.version"];
  assert.equal(versionOf(targetPlatform), "10.0.1");
  assert.equal(versionOf({ ...targetPlatform, "os.version": "10.0.2" }), "10.0.2");
});

test("ENTRYPOINT drops an inherited CMD, not one of its own stage", () => {
  const bases = { "docker.io/library/b:latest": base({ Cmd: ["sh"] }) };
  assert.equal(config(graphOf('FROM b\nENTRYPOINT ["e"]', { bases })).Cmd, undefined);
  assert.deepEqual(config(graphOf('FROM b\nCMD ["c"]\nENTRYPOINT ["e"]', { bases })).Cmd, ["c"]);
  assert.deepEqual(
    config(graphOf('FROM b AS x\nCMD ["c"]\nFROM x\nENTRYPOINT ["e"]', { bases })).Cmd,
    undefined,
  );
});

test("--label goes over the labels of the file", () => {
  assert.deepEqual(config(graphOf("FROM scratch\nLABEL a=1 b=2", { labels: { b: "3" } })).Labels, {
    a: "1",
    b: "3",
  });
});

for (const [name, text, buildArgs, want] of [
  ["a global ARG is invisible in a stage", "ARG A=1\nFROM scratch\nRUN x", {}, undefined],
  ["a bare ARG takes the global value", "ARG A=1\nFROM scratch\nARG A\nRUN x", {}, "1"],
  ["an ARG with a default ignores the global value", "ARG A=1\nFROM scratch\nARG A=2\nRUN x", {}, "2"],
  ["a build argument beats both", "ARG A=1\nFROM scratch\nARG A=2\nRUN x", { A: "3" }, "3"],
  ["an empty build argument counts", "FROM scratch\nARG A=2\nRUN x", { A: "" }, ""],
  ["an ARG without value is not set", "FROM scratch\nARG A\nRUN x", {}, undefined],
  ["an undeclared build argument is not set", "FROM scratch\nRUN x", { A: "1" }, undefined],
  ["ENV behind ARG wins", "FROM scratch\nARG A=1\nENV A=2\nRUN x", {}, "2"],
  ["ARG behind ENV wins", "FROM scratch\nENV A=2\nARG A=1\nRUN x", {}, "1"],
  ["ENV takes the values from before its line", "FROM scratch\nENV B=1\nENV B=2 A=$B\nRUN x", {}, "1"],
  ["ARG takes the values of its own line", "FROM scratch\nARG B=1 A=$B\nRUN x", {}, "1"],
  ["a platform ARG must be declared", "FROM scratch\nRUN x", { A: "1" }, undefined],
  ["stages hand their ARGs on", "FROM scratch AS x\nARG A=1\nFROM x\nRUN x", {}, "1"],
] as const)
  test(name, () => {
    const { env } = only(graphOf(text, { buildArgs }), "run");
    const value = env.find((entry) => entry.startsWith("A="))?.slice(2);
    assert.equal(value, want);
  });

test("platform variables are known in FROM and, declared, in stages", () => {
  const setting = { targetPlatform: { os: "linux", architecture: "arm", variant: "v7" }, target: "t" };
  const graph = graphOf(
    "FROM --platform=$BUILDPLATFORM b AS t\nARG TARGETPLATFORM TARGETVARIANT TARGETSTAGE BUILDARCH\nRUN x",
    setting,
  );
  assert.deepEqual(only(graph, "run").env.slice(1), [
    "TARGETPLATFORM=linux/arm/v7",
    "TARGETVARIANT=v7",
    "TARGETSTAGE=t",
    "BUILDARCH=amd64",
  ]);
  assert.deepEqual(only(graph, "image").platform, linux);
  assert.equal(graph.output.config.architecture, "arm");
});

test("proxies given as build arguments reach RUN and stay out of its history", () => {
  const graph = graphOf("FROM scratch\nRUN x", { buildArgs: { HTTP_PROXY: "http://p", no_proxy: "h" } });
  assert.deepEqual(only(graph, "run").proxyEnv, [
    "HTTP_PROXY=http://p",
    "http_proxy=http://p",
    "NO_PROXY=h",
    "no_proxy=h",
  ]);
  assert.deepEqual(history(graph), ["RUN /bin/sh -c x # buildkit"]);
});

for (const [name, destination, want] of [
  ["a file name", "x", "/w/x"],
  ["a directory", "x/", "/w/x/"],
  ["the working directory", ".", "/w/"],
  ["an empty variable", "$E", "/w/"],
  ["a dot at the end", "x/.", "/w/x/"],
  ["an absolute path", "/a/../b", "/b"],
  ["the root", "/", "/"],
] as const)
  test(`COPY to ${name}`, () => {
    assert.equal(only(graphOf(`FROM scratch\nWORKDIR /w\nCOPY a ${destination}`), "copy").destination, want);
  });

test("sources are clean, relative to their tree, and stay below it", () => {
  const { sources } = only(graphOf("FROM scratch\nCOPY /a/ ../../b ./c/../d* . /x/"), "copy");
  assert.deepEqual(
    sources.map((source) => source.kind === "path" && source.pattern),
    ["a", "b", "d*", ""],
  );
});

test("a pivot of --parents is kept", () => {
  const copy = only(graphOf("FROM scratch\nCOPY --parents a/./b/c* /./d /x/"), "copy");
  assert.deepEqual(
    copy.sources.map((source) => source.kind === "path" && source.pattern),
    ["a/./b/c*", "././d"],
  );
});

test("heredocs of COPY are expanded unless their name is quoted", () => {
  const text = "FROM scratch\nENV A=1\nCOPY <<X <<'Y' /d/\n\"$A\" \\$A \\n\nX\n$A\nY\n";
  assert.deepEqual(
    only(graphOf(text), "copy").sources.map((source) => source.kind === "inline" && source.content),
    ['"1" $A n\n', "$A\n"],
  );
});

test("a mode makes --link an ordinary copy", () => {
  const link = (flags: string): boolean => only(graphOf(`FROM scratch\nCOPY ${flags} a b`), "copy").link;
  assert.deepEqual([link("--link"), link("--link --chmod=644"), link("")], [true, false, false]);
});

test("ADD unpacks local archives unless told otherwise", () => {
  const unpack = (flags: string): CopyStep["unpack"] =>
    only(graphOf(`FROM scratch\nADD ${flags} a b`), "copy").unpack;
  assert.deepEqual([unpack(""), unpack("--unpack"), unpack("--unpack=false")], ["auto", "always", "never"]);
});

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

test("an image without layers is an empty tree with its config", () => {
  const bases = {
    "docker.io/library/b:latest": base({ User: "u" }, { rootfs: { type: "layers" }, history: [] }),
  };
  const graph = graphOf("FROM b\nCOPY a b", { bases });
  assert.deepEqual(
    graph.steps.map(({ kind }) => kind),
    ["scratch", "context", "copy"],
  );
  assert.equal(config(graph).User, "u");
});

for (const [name, text, code, sentence, line] of [
  [
    "an unknown target",
    "FROM scratch AS build",
    "TARGET_UNKNOWN",
    /target stage "biuld" could not be found \(did you mean build\?\)/,
    undefined,
  ],
  [
    "a stage that copies from itself",
    "FROM scratch AS biuld\nCOPY --from=biuld / /",
    "STAGE_CYCLE",
    /circular dependency detected on stage: biuld/,
    2,
  ],
  [
    "stages that copy from each other",
    "FROM scratch AS biuld\nCOPY --from=x / /\nFROM scratch AS x\nCOPY --from=biuld / /",
    "STAGE_CYCLE",
    /circular dependency/,
    4,
  ],
  [
    "a source below its use",
    "FROM scratch AS biuld\nCOPY --from=x / /\nFROM scratch AS x",
    "DOCKERFILE_INVALID",
    /cannot copy from stage "x", it needs to be defined before current stage "biuld"/,
    2,
  ],
  [
    "a stage index that is too high",
    "FROM scratch AS biuld\nCOPY --from=3 / /",
    "DOCKERFILE_INVALID",
    /invalid stage index 3/,
    2,
  ],
  [
    "a base that is blank",
    "FROM $X AS biuld",
    "DOCKERFILE_INVALID",
    /base name \(\$X\) should not be blank/,
    1,
  ],
  [
    "a base in capitals",
    "FROM Foo AS biuld",
    "DOCKERFILE_INVALID",
    /repository name \(library\/Foo\) must be lowercase/,
    1,
  ],
  [
    "an empty platform",
    "FROM --platform=$TARGETPLATFROM b AS biuld",
    "DOCKERFILE_INVALID",
    /empty platform value from expression \$TARGETPLATFROM \(did you mean TARGETPLATFORM\?\)/,
    1,
  ],
  [
    "an unknown platform",
    "FROM --platform=foo b AS biuld",
    "DOCKERFILE_INVALID",
    /failed to parse platform foo/,
    1,
  ],
  [
    "a bad port",
    "FROM scratch AS biuld\nEXPOSE 99999",
    "DOCKERFILE_INVALID",
    /invalid containerPort: 99999/,
    2,
  ],
  ["a bad signal", "FROM scratch AS biuld\nSTOPSIGNAL FOO", "DOCKERFILE_INVALID", /invalid signal: FOO/, 2],
  [
    "a bad mode",
    "FROM scratch AS biuld\nCOPY --chmod=8 a b",
    "DOCKERFILE_INVALID",
    /invalid chmod parameter: '8'/,
    2,
  ],
  [
    "a mount at the root",
    "FROM scratch AS biuld\nRUN --mount=target=/ x",
    "DOCKERFILE_INVALID",
    /invalid mount target "\/"/,
    2,
  ],
  [
    "an unknown mount key",
    "FROM scratch AS biuld\nRUN --mount=target=/x,typ=bind x",
    "DOCKERFILE_INVALID",
    /unexpected key 'typ' in 'typ=bind' \(did you mean type\?\)/,
    2,
  ],
  [
    "a URL in COPY",
    "FROM scratch AS biuld\nCOPY http://h/x /",
    "DOCKERFILE_INVALID",
    /source can't be a URL for COPY/,
    2,
  ],
  [
    "a repository in COPY",
    "FROM scratch AS biuld\nCOPY https://h/x.git /",
    "DOCKERFILE_INVALID",
    /source can't be a git ref for COPY/,
    2,
  ],
  [
    "another frontend",
    "# syntax=other/front\nFROM scratch AS biuld",
    "DOCKERFILE_UNSUPPORTED",
    /the frontend other\/front is not supported/,
    1,
  ],
  [
    "an epoch that is no time",
    "ARG SOURCE_DATE_EPOCH=never\nFROM scratch AS biuld",
    "DOCKERFILE_INVALID",
    /invalid SOURCE_DATE_EPOCH: never/,
    1,
  ],
  [
    "an epoch from a stage that is no source",
    "ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nCOPY a b\nFROM scratch AS biuld",
    "DOCKERFILE_INVALID",
    /stage does not meet source-only requirements/,
    2,
  ],
  [
    "a variable in --from",
    "FROM scratch AS biuld\nCOPY --from=$A / /",
    "DOCKERFILE_INVALID",
    /variable expansion is not supported for --from/,
    2,
  ],
  [
    "a variable that is required",
    "FROM scratch AS biuld\nENV A=${B:?give-it}",
    "DOCKERFILE_INVALID",
    /B: give-it/,
    2,
  ],
  [
    "variables that double without end",
    `FROM scratch AS biuld\nENV A=xxxxxxxxxxxxxxxx\n${"ENV A=$A$A\n".repeat(40)}`,
    "DOCKERFILE_TOO_LARGE",
    /too l(?:ong|arge)/,
    undefined,
  ],
] as const)
  test(`${name} is refused`, () => {
    const error = failure(text, {
      target: "biuld",
      ...(name === "an unknown target" && { target: "biuld" }),
    });
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    if (line !== undefined) assert.equal(error.location?.line, line);
  });

for (const reference of [
  "docker/dockerfile:1",
  "docker.io/docker/dockerfile:1.7-labs",
  "mirror.local:5000/x/docker/dockerfile",
  "docker/dockerfile-upstream:master",
])
  test(`the frontend ${reference} is taken for ours`, () => {
    graphOf(`# syntax=${reference}\nFROM scratch`);
  });

test("BUILDKIT_SYNTAX overrides the syntax line", () => {
  graphOf("# syntax=other\nFROM scratch", { buildArgs: { BUILDKIT_SYNTAX: "docker/dockerfile" } });
});

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

test("a graph is plain data", () => {
  const graph = graphOf("FROM b\nRUN --mount=type=cache,target=/x y\nCOPY <<E /\nE\n");
  assert.deepEqual(structuredClone(graph), graph);
});
