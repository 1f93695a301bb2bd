import assert from "node:assert/strict";
import { test } from "node:test";
import {
  base,
  config,
  graphOf,
  history,
  linux,
  names,
  only,
  shown,
  type Setting,
} from "../../../testing/lowering.ts";
import { parseDockerfile } from "../../dockerfile/stages.ts";
import { lower } from "./lower.ts";

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

test("a graph is plain data", () => {
  const graph = graphOf("FROM b\nRUN --mount=type=cache,target=/x y\nCOPY <<E /\nE\n");
  assert.deepEqual(structuredClone(graph), graph);
});
