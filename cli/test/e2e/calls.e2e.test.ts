import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { type Finished, makeSandbox, type Sandbox } from "./sandbox.ts";

const smelly = "FROM busybox AS Base\nARG V=1\nRUN --mount=type=secret,id=key true\nCMD run\n";

async function ask(sandbox: Sandbox, dockerfile: string, args: readonly string[]): Promise<Finished> {
  return sandbox.tsbuild(["build", ...args, sandbox.context({ Dockerfile: dockerfile })]);
}

/** The parts of the answers that are looked into. */
interface Answers {
  readonly warnings: unknown;
  readonly sources: readonly unknown[];
  readonly buildError: { readonly message: string };
  readonly args: unknown;
  readonly secrets: unknown;
  readonly steps: readonly { readonly kind: string }[];
}

const json = (text: string): Answers => JSON.parse(text) as Answers;

test("calls: --check tells what is found, with its page and lines, and exits with 1", async () => {
  await using sandbox = await makeSandbox();
  const { code, stdout, stderr } = await ask(sandbox, smelly, ["--check"]);
  assert.equal(code, 1, stderr);
  assert.match(stdout, /^Check complete, 2 warnings have been found!\n/);
  assert.match(stdout, /\nWARNING: StageNameCasing - https:.*\nStage name 'Base' should be lowercase\n/);
  assert.match(stdout, /\nDockerfile:4\n-{20}\n[^]* {3}4 \| >>> CMD run\n/);
  assert.doesNotMatch(stdout + stderr, /#1/);
});

for (const [name, dockerfile, args, code, says] of [
  ["a clean file", "FROM scratch\n", [], 0, /^Check complete, no warnings found.\n$/],
  ["what the file skips", "# check=skip=StageNameCasing\nFROM scratch AS A\n", [], 0, /no warnings/],
  [
    "error=true is still a warning",
    "# check=error=true\nFROM scratch AS A\n",
    [],
    1,
    /WARNING: StageNameCasing/,
  ],
  [
    "a build argument takes the place of the file's words",
    "# check=skip=all\nFROM scratch AS A\n",
    ["--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=JSONArgsRecommended"],
    1,
    /WARNING: StageNameCasing/,
  ],
  ["stages that nothing needs", "FROM scratch AS A\nFROM scratch\n", [], 1, /WARNING: StageNameCasing/],
  [
    "a broken file",
    "FROM scratch AS A\nRUM x\n",
    [],
    2,
    /WARNING: StageNameCasing[^]*ERROR: Dockerfile:2: .*RUM/,
  ],
  ["a target that is not there", "FROM scratch\n", ["--target", "x"], 2, /target stage "x"/],
] as const)
  test(`calls: check of ${name}`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const finished = await ask(sandbox, dockerfile, ["--check", ...args]);
    assert.equal(finished.code, code, finished.stderr);
    assert.match(finished.stdout + finished.stderr, says);
  });

test("calls: check as JSON has buildx's fields", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const { code, stdout } = await ask(sandbox, "FROM scratch AS A\nRUM x\n", ["--call", "check,format=json"]);
  assert.equal(code, 2);
  const { warnings, sources, buildError } = json(stdout);
  assert.deepEqual(warnings, [
    {
      ruleName: "StageNameCasing",
      description: "Stage names should be lowercase",
      url: "https://docs.docker.com/go/dockerfile/rule/stage-name-casing/",
      detail: "Stage name 'A' should be lowercase",
      location: { ranges: [{ start: { line: 1 }, end: { line: 1 } }] },
    },
  ]);
  assert.equal(sources.length, 1);
  assert.match(buildError.message, /unknown instruction: RUM/);
});

test("calls: a file that says so makes its build fail, with the warnings", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const { code, stderr } = await ask(sandbox, "# check=error=true\nFROM scratch AS A\n", []);
  assert.equal(code, 2);
  assert.match(stderr, /1 warning found/);
  assert.match(stderr, /ERROR: Dockerfile:2: lint violation found for rules: StageNameCasing/);
});

test("calls: the outline tells arguments and secrets", async () => {
  await using sandbox = await makeSandbox();
  const text = await ask(sandbox, smelly, ["--call", "outline", "--build-arg", "V=2"]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(
    text.stdout,
    /^TARGET: base\n\nBUILD ARG +VALUE +DESCRIPTION\nV +2\n\nSECRET +REQUIRED\nkey\n$/,
  );
  const { args, secrets } = json((await ask(sandbox, smelly, ["--call", "outline,format=json"])).stdout);
  const at = (line: number): unknown => ({ ranges: [{ start: { line }, end: { line } }] });
  assert.deepEqual(args, [{ name: "V", value: "1", location: at(2) }]);
  assert.deepEqual(secrets, [{ name: "key", location: at(3) }]);
});

test("calls: targets need no image", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const dockerfile = "# a what it is\nFROM nowhere.invalid/x AS a\nFROM a\n";
  const { code, stdout } = await ask(sandbox, dockerfile, ["--call", "targets"]);
  assert.equal(code, 0);
  assert.equal(stdout, "TARGET      DESCRIPTION\na           what it is\n(default)\n");
});

test("calls: the questions that there are", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const { code, stdout } = await ask(sandbox, "FROM scratch\n", ["--call", "subrequests.describe"]);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.split("\n").map((line) => line.split(/ +/).slice(0, 2)),
    [
      ["NAME", "VERSION"],
      ["outline", "1.0.0"],
      ["targets", "1.0.0"],
      ["subrequests.describe", "1.0.0"],
      [""],
    ],
  );
});

test("calls: --print graph is the plan, and nothing is built", async () => {
  await using sandbox = await makeSandbox();
  const { code, stdout } = await ask(sandbox, "FROM busybox\nRUN exit 1\n", ["--print", "graph"]);
  assert.equal(code, 0);
  const { steps } = json(stdout);
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ["image", "run"],
  );
  assert.deepEqual(readdirSync(sandbox.path("store", "trees")), []);
});

test("calls: what a build would have to be allowed is described", async () => {
  await using sandbox = await makeSandbox();
  const dockerfile = "FROM busybox\nRUN --security=insecure true\n";
  const checked = await ask(sandbox, dockerfile, ["--check"]);
  assert.equal(checked.code, 0, checked.stderr);
  const printed = await ask(sandbox, dockerfile, ["--print", "graph"]);
  assert.equal(json(printed.stdout).steps.length, 2, printed.stderr);
  const built = await ask(sandbox, dockerfile, []);
  assert.match(built.stderr, /security.insecure/);
  assert.notEqual(built.code, 0);
});

test("calls: --print dockerfile is the file in plain form", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const { code, stdout } = await ask(sandbox, "FROM scratch\nENV A=1 \\\n  B=2\n", ["--print", "dockerfile"]);
  assert.equal(code, 0);
  assert.equal(stdout, "\nFROM scratch\nENV A=1   B=2\n");
  assert.equal((await ask(sandbox, "RUM x\n", ["--print", "dockerfile"])).code, 2);
});
