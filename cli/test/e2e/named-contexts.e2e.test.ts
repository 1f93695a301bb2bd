import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadBase } from "test-images";
import { startDebianRegistry } from "@tsbuild/registry/testing";
import { makeSandbox, type Sandbox } from "./sandbox.ts";
import { serve } from "../web.ts";

/** Builds and gives the exported files by name. */
async function filesOf(
  sandbox: Sandbox,
  dockerfile: string,
  options: readonly string[],
): Promise<Record<string, string>> {
  const context = sandbox.context({ Dockerfile: dockerfile });
  const out = `${context}-out`;
  const { code, stderr } = await sandbox.tsbuild([
    "build",
    "--progress=plain",
    `--output=type=local,dest=${out}`,
    ...options,
    context,
  ]);
  assert.equal(code, 0, stderr);
  const names = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(names.map(({ name }) => [name, readFileSync(`${out}/${name}`, "utf8")]));
}

const made = "FROM busybox\nENV FOO=bar\nRUN echo made > /made\n";

test("a named context that is an image of a registry stands for a base, a stage and a source", async () => {
  await using sandbox = await makeSandbox();
  await using registry = await startDebianRegistry();
  const reference = `${registry.host}/team/made:1`;
  const context = sandbox.context({ Dockerfile: made });
  const pushed = await sandbox.tsbuild(["build", `--output=type=image,name=${reference},push=true`, context]);
  assert.equal(pushed.code, 0, pushed.stderr);
  const given = `docker-image://${reference}`;
  const rows = [
    [
      "base",
      "FROM nowhere:5 AS st\nRUN echo $FOO > /foo\nFROM scratch\nCOPY --from=st /made /foo /\n",
      "nowhere:5",
    ],
    [
      "stage",
      "FROM busybox AS st\nRUN exit 7\nFROM st\nRUN echo $FOO > /foo\nFROM scratch\nCOPY --from=1 /made /foo /\n",
      "st",
    ],
    ["source", "FROM scratch\nCOPY --from=other /made /\nCOPY <<foo /\nbar\nfoo\n", "other"],
  ] as const;
  for (const [name, dockerfile, key] of rows)
    assert.deepEqual(
      await filesOf(sandbox, dockerfile, ["--build-context", `${key}=${given}`]),
      { made: "made\n", foo: "bar\n" },
      name,
    );
});

test("a named context that is an OCI layout: by its only image, a tag, a digest", async () => {
  await using sandbox = await makeSandbox();
  const layout = sandbox.path("layout");
  const context = sandbox.context({ Dockerfile: made });
  const { code, stderr } = await sandbox.tsbuild([
    "build",
    "--tag=made:1",
    `--output=type=oci,tar=false,name=made:1,dest=${layout}`,
    context,
  ]);
  assert.equal(code, 0, stderr);
  const index = JSON.parse(readFileSync(`${layout}/index.json`, "utf8")) as {
    manifests: { digest: string }[];
  };
  const digest = index.manifests[0]?.digest ?? "";
  const dockerfile = "FROM base AS st\nRUN echo $FOO > /foo\nFROM scratch\nCOPY --from=st /made /foo /\n";
  for (const [name, suffix] of [
    ["only", ""],
    ["tag", ":1"],
    ["digest", `@${digest}`],
    ["both", `:1@${digest}`],
  ] as const) {
    // A store that has seen nothing of it.
    const store = sandbox.path(`store-${name}`);
    await loadBase(store, "busybox");
    const options = ["--root", store, "--build-context", `base=oci-layout://${layout}${suffix}`];
    assert.deepEqual(await filesOf(sandbox, dockerfile, options), { made: "made\n", foo: "bar\n" }, name);
  }
  const wrong = `base=oci-layout://${layout}@sha256:${"0".repeat(64)}`;
  const refused = await sandbox.tsbuild([
    "build",
    "--build-context",
    wrong,
    sandbox.context({ Dockerfile: dockerfile }),
  ]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /has no image sha256:000/);
  assert.match(refused.stderr, /Dockerfile:1/);
});

test("a named context that is a URL is one file called context", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  await using web = await serve((_, response) => response.end("of the web"));
  const dockerfile = "FROM scratch\nCOPY --from=web /context /\n";
  assert.deepEqual(await filesOf(sandbox, dockerfile, ["--build-context", `web=${web.url}/x.tar.gz`]), {
    context: "of the web",
  });
});

test("docker-image://scratch is the empty image", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  assert.deepEqual(
    await filesOf(sandbox, "FROM busybox\nCOPY <<out /\nx\nout\n", [
      "--build-context",
      "busybox=docker-image://scratch",
    ]),
    { out: "x\n" },
  );
});

test("a named directory has its own .dockerignore, and that of a platform goes first", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const files = sandbox.context({ a: "a", b: "b", ".dockerignore": "b\n.dockerignore\n" });
  const own = sandbox.context({ c: "c" });
  const other = ["--build-context", `dir::plan9/mips=${own}`, "--build-context", `dir=${files}`];
  assert.deepEqual(await filesOf(sandbox, "FROM scratch\nCOPY --from=dir . /\n", other), { a: "a" });
  const exact = process.arch === "x64" ? "amd64" : process.arch;
  const first = ["--build-context", `dir=${files}`, "--build-context", `dir::linux/${exact}=${own}`];
  assert.deepEqual(await filesOf(sandbox, "FROM scratch\nCOPY --from=dir . /\n", first), { c: "c" });
});

test("contexts that nothing uses are not looked at; questions about a Dockerfile take contexts", async () => {
  await using sandbox = await makeSandbox();
  const unused = [
    "--build-context",
    "un=docker-image://127.0.0.1:9/x",
    "--build-context",
    "used=docker-image://busybox",
  ];
  const context = sandbox.context({ Dockerfile: "FROM un AS x\nFROM used\nRUN true\n" });
  const build = await sandbox.tsbuild(["build", ...unused, context]);
  assert.equal(build.code, 0, build.stderr);
  const graph = await sandbox.tsbuild(["build", "--print=graph", ...unused, context]);
  assert.match(graph.stdout, /"\[context used\] busybox"/);
  const outline = await sandbox.tsbuild(["build", "--call=outline", ...unused, context]);
  assert.equal(outline.code, 0, outline.stderr);
  const checked = sandbox.context({ Dockerfile: "FROM used\nRUN true\n" });
  const check = await sandbox.tsbuild(["build", "--check", ...unused, checked]);
  assert.equal(check.code, 0, check.stderr);
});

for (const [name, given, says] of [
  ["no directory", "x=/nowhere/at/all", /the context x=\/nowhere\/at\/all is not a directory/],
  ["an unknown kind", "x=ftp://host/", /unsupported context source ftp for x/],
  ["a layout that is not there", "x=oci-layout:///nowhere", /there is no directory \/nowhere/],
  ["a bad digest", "x=oci-layout:///tmp@sha256:1", /has no valid digest/],
  ["a bad name", "X=/tmp", /invalid context name X: .*must be lowercase/],
] as const)
  test(`a named context is refused: ${name}`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const context = sandbox.context({ Dockerfile: "FROM scratch\n" });
    const { code, stderr } = await sandbox.tsbuild(["build", "--build-context", given, context]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });

test("an image that cannot be had may have been meant as a stage", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const context = sandbox.context({
    Dockerfile: "FROM scratch AS base\nFROM scratch\nCOPY --from=bsae / /\n",
  });
  const { code, stderr } = await sandbox.tsbuild(["build", "--pull=never", context]);
  assert.equal(code, 3);
  assert.match(stderr, /no stage is called bsae, did you mean stage base\?/);
  assert.match(stderr, /Dockerfile:3/);
});
