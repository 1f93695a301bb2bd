import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

interface Inspected {
  readonly id: string;
  readonly config: {
    readonly Env: string[];
    readonly Cmd?: string[];
    readonly Entrypoint?: string[];
    readonly WorkingDir: string;
    readonly User?: string;
    readonly Labels?: Record<string, string>;
    readonly ExposedPorts?: object;
  };
  readonly history: { readonly created_by: string; readonly empty_layer?: boolean }[];
}

async function inspect(sandbox: Sandbox, name: string): Promise<Inspected> {
  const { stdout, stderr, code } = await sandbox.tsbuild(["inspect", "--format", "config", name]);
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout) as { config: Inspected["config"]; history: Inspected["history"] };
  const { stdout: id } = await sandbox.tsbuild(["images", "--quiet", "--no-trunc", name]);
  return { id: id.trim(), config: document.config, history: document.history };
}

/** What a build leaves in a directory, for looking at files. */
async function exported(
  sandbox: Sandbox,
  context: string,
  args: readonly string[] = [],
): Promise<(path: string) => string> {
  const out = sandbox.path(`out-${Math.random().toString(16).slice(2)}`);
  const { code, stderr } = await sandbox.tsbuild([...args, "-o", out, context]);
  assert.equal(code, 0, stderr);
  return (path) => readFileSync(join(out, path), "utf8");
}

test("two stages: RUN, COPY from the context and between stages, config", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: `FROM busybox AS build
WORKDIR /src
COPY a.txt sub/ ./
RUN cat a.txt b.txt | tr a-z A-Z > out.txt
FROM busybox
ENV A=1 B="two words"
LABEL l=v
COPY --from=build /src/out.txt /app/
WORKDIR /app
USER 1000:1000
EXPOSE 80
ENTRYPOINT ["cat"]
CMD ["out.txt"]
`,
    "a.txt": "alpha\n",
    "sub/b.txt": "beta\n",
  });
  const { code, stderr, stdout } = await sandbox.tsbuild(["-t", "app", "--progress", "plain", context]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /\[build 2\/4\] WORKDIR \/src/);
  assert.match(stderr + stdout, /docker\.io\/library\/app:latest/);
  const { config, history } = await inspect(sandbox, "app");
  assert.deepEqual(config.Cmd, ["out.txt"]);
  assert.deepEqual(config.Entrypoint, ["cat"]);
  assert.equal(config.WorkingDir, "/app");
  assert.equal(config.User, "1000:1000");
  assert.deepEqual(config.Labels, { l: "v" });
  assert.ok(config.Env.includes("A=1") && config.Env.includes("B=two words"));
  assert.ok(history.some(({ created_by }) => created_by === "COPY /src/out.txt /app/ # buildkit"));
  const read = await exported(sandbox, context);
  assert.equal(read("app/out.txt"), "ALPHA\nBETA\n");
});

test("the second build is cached at every step and gives the same image", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nWORKDIR /w\nCOPY f .\nRUN date +%N > when\nRUN cat when > copy\n",
    f: "1",
  });
  await sandbox.tsbuild(["-t", "app", "--progress", "plain", context]);
  const first = await inspect(sandbox, "app");
  const again = await sandbox.tsbuild(["-t", "app", "--progress", "plain", context]);
  assert.equal(again.stderr.match(/^#\d+ CACHED$/gm)?.length, 5, again.stderr);
  assert.equal((await inspect(sandbox, "app")).id, first.id);
  writeFileSync(join(context, "f"), "2");
  const changed = await sandbox.tsbuild(["-t", "app", "--progress", "plain", context]);
  assert.equal(changed.stderr.match(/^#\d+ CACHED$/gm)?.length, 2, changed.stderr);
});

test("--no-cache runs every step again", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN echo run-marker\n" });
  await sandbox.tsbuild(["--progress", "plain", context]);
  const again = await sandbox.tsbuild(["--no-cache", "--progress", "plain", context]);
  assert.match(again.stderr, /#\d+ \d+\.\d+ run-marker/);
});

test("a stage that runs again with equal output leaves what copies from it cached", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: `FROM busybox AS build
COPY input /input
RUN wc -l < /input > /lines
FROM busybox
COPY --from=build /lines /lines
RUN echo expensive-marker
`,
    input: "one\ntwo\n",
  });
  await sandbox.tsbuild(["--progress", "plain", context]);
  writeFileSync(join(context, "input"), "three\nfour\n");
  const again = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(again.code, 0, again.stderr);
  assert.doesNotMatch(again.stderr, /\d expensive-marker/);
});

test("a file rewritten at once with the same size is seen", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nCOPY f /f\n", f: "aaaa" });
  for (const content of ["bbbb", "cccc", "dddd"]) {
    writeFileSync(join(context, "f"), content);
    const read = await exported(sandbox, context);
    assert.equal(read("f"), content);
  }
});

test(".dockerignore leaves files out, and an ignored file does not change the cache", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nCOPY . /c\nRUN find /c -type f | sort > /list\n",
    ".dockerignore": "*.log\n!keep.log\nnode_modules\nDockerfile\n.dockerignore\n",
    "a.log": "x",
    "keep.log": "x",
    "node_modules/m/index.js": "x",
    "src/main.js": "x",
  });
  const read = await exported(sandbox, context);
  assert.equal(read("list"), "/c/keep.log\n/c/src/main.js\n");
  appendFileSync(join(context, "a.log"), "more");
  const again = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(again.stderr.match(/^#\d+ CACHED$/gm)?.length, 3, again.stderr);
});

test("only what the target needs is run", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM nowhere.invalid/image AS unused\nRUN false\nFROM busybox AS wanted\nRUN echo ok > /ok\nFROM wanted\nRUN false\n",
  });
  const read = await exported(sandbox, context, ["--target", "wanted"]);
  assert.equal(read("ok"), "ok\n");
});

test("build arguments, platform arguments and proxies reach RUN and nothing else", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      'ARG TAG=latest\nFROM busybox:$TAG\nARG WHO=world\nARG TARGETARCH\nRUN echo "hello $WHO $TARGETARCH $HTTP_PROXY" > /out\n',
  });
  const read = await exported(sandbox, context, [
    "--build-arg",
    "WHO=you",
    "--build-arg",
    "HTTP_PROXY=http://p:1",
  ]);
  assert.match(read("out"), /^hello you (amd64|arm64) http:\/\/p:1\n$/);
  await sandbox.tsbuild(["-t", "app", "--build-arg", "HTTP_PROXY=http://p:1", context]);
  const { config, history } = await inspect(sandbox, "app");
  assert.ok(!JSON.stringify([config, history]).includes("http://p:1"));
});

test("what a step sees: pid 1, no builder environment, generated /etc files that reach no layer", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM busybox\nRUN echo $$ > /pid; env > /env; cat /etc/hosts > /hosts; ls /proc/self/fd | wc -l > /fds; echo x > /dev/stdout\n",
  });
  const out = sandbox.path("out");
  const result = await sandbox.tsbuild(["-o", out, context], { env: { CANARY_VARIABLE: "leaked" } });
  assert.equal(result.code, 0, result.stderr);
  const read = (path: string): string => readFileSync(join(out, path), "utf8");
  assert.equal(read("pid"), "1\n");
  assert.doesNotMatch(read("env"), /CANARY/);
  assert.match(read("hosts"), /127\.0\.0\.1\s+localhost/);
  assert.throws(() => read("etc/hosts"), { code: "ENOENT" });
  assert.equal(read("fds"), "4\n");
});

test("heredocs for RUN and COPY", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: `FROM busybox
ENV NAME=tsbuild
COPY <<one.txt <<"two.txt" /d/
hello $NAME
one.txt
raw $NAME
two.txt
RUN <<EOF
set -e
cat /d/one.txt /d/two.txt > /both
EOF
`,
  });
  const read = await exported(sandbox, context);
  assert.equal(read("both"), "hello tsbuild\nraw $NAME\n");
});

test("--metadata-file holds the warnings when buildx's variable asks for them", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const dockerfile = "FROM scratch AS A\nENV a=b\n";
  const context = sandbox.context({ Dockerfile: dockerfile });
  const metadata = sandbox.path("metadata.json");
  const warningsOf = async (env: Record<string, string>): Promise<unknown> => {
    const { code, stderr } = await sandbox.tsbuild(["--metadata-file", metadata, context], { env });
    assert.equal(code, 0, stderr);
    return JSON.parse(readFileSync(metadata, "utf8"))["buildx.build.warnings"];
  };
  assert.equal(await warningsOf({}), undefined);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  assert.deepEqual(await warningsOf({ BUILDX_METADATA_WARNINGS: "true" }), [
    {
      level: 1,
      short: base64("StageNameCasing: Stage name 'A' should be lowercase (line 1)"),
      detail: [base64("Stage names should be lowercase")],
      url: "https://docs.docker.com/go/dockerfile/rule/stage-name-casing/",
      sourceInfo: { filename: "Dockerfile", data: base64(dockerfile), language: "Dockerfile" },
      range: [{ start: { line: 1 }, end: { line: 1 } }],
    },
  ]);
});

test("quiet prints the image ID alone, and --iidfile and --metadata-file hold it", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: 'FROM busybox\nCMD ["true"]\n' });
  const iidfile = sandbox.path("iid");
  const metadata = sandbox.path("metadata.json");
  const result = await sandbox.tsbuild([
    "-q",
    "-t",
    "app",
    "--iidfile",
    iidfile,
    "--metadata-file",
    metadata,
    context,
  ]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.equal(readFileSync(iidfile, "utf8"), result.stdout.trim());
  const document = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, unknown>;
  assert.equal(document["containerimage.config.digest"], result.stdout.trim());
  assert.match(String(document["containerimage.digest"]), /^sha256:/);
  assert.equal(document["image.name"], "docker.io/library/app:latest");
});
