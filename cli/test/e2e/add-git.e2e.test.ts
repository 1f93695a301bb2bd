import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import {
  commitSeconds,
  makeRepository,
  serveRepositories,
  type GitServer,
  type TestRepository,
} from "test-images";
import { serve } from "../web.ts";
import { makeSandbox, type Finished, type Sandbox } from "./sandbox.ts";

interface Bench extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly repository: TestRepository;
  readonly server: GitServer;
  /** The repository's URL. */
  readonly url: string;
  /** Builds `FROM scratch` with these lines; what it gives is in `out`. */
  build(lines: string, options?: readonly string[]): Promise<Finished & { readonly out: string }>;
}

/** `first` is tagged v1 (annotated), `master` is one commit ahead. */
async function makeBench(): Promise<Bench & { readonly first: string; readonly second: string }> {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await makeSandbox({ base: "none" }));
  const repository = makeRepository(sandbox.path("git", "app"));
  writeFileSync(sandbox.path("git", "app", "tool"), "#!", { mode: 0o755 });
  const first = repository.commit("first", {
    one: "1",
    "sub/deep/file": "deep",
    link: { link: "/etc/passwd" },
    directory: { link: "sub" },
  });
  repository.git("tag", "--annotate", "--message=v1", "v1");
  const second = repository.commit("second", { two: "2" });
  const server = made.use(await serveRepositories(sandbox.path("git")));
  let builds = 0;
  const kept = made.move();
  return {
    sandbox,
    repository,
    server,
    url: `${server.url}/app/.git`,
    first,
    second,
    async build(lines, options = []) {
      const out = sandbox.path(`out-${builds++}`);
      const context = sandbox.context({ Dockerfile: `FROM scratch\n${lines}\n` });
      const output = ["--output", `type=local,dest=${out}`];
      return { out, ...(await sandbox.tsbuild(["--progress=plain", ...output, ...options, context])) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function succeeds(built: Promise<Finished & { readonly out: string }>): Promise<string> {
  const { code, stderr, out } = await built;
  assert.equal(code, 0, stderr);
  return out;
}

test("ADD of a repository: its files, of root, 644 and 755, links as they are, without the history", async () => {
  await using bench = await makeBench();
  const out = await succeeds(bench.build(`ADD ${bench.url} /r`));
  assert.deepEqual(readdirSync(`${out}/r`), ["directory", "link", "one", "sub", "tool", "two"]);
  assert.equal(lstatSync(`${out}/r/tool`).mode & 0o777, 0o755);
  assert.equal(lstatSync(`${out}/r/two`).mode & 0o777, 0o644);
  assert.equal(readlinkSync(`${out}/r/link`), "/etc/passwd");
  assert.equal(readdirSync(bench.sandbox.path("store", "tmp")).length, 0);
});

test("ADD of a repository: a branch, a tag, a commit, a directory, and what the instruction says besides", async () => {
  await using bench = await makeBench();
  const { url, first, second } = bench;
  const rows = [
    [`ADD ${url}#v1 /r`, ["directory", "link", "one", "sub", "tool"]],
    [`ADD ${url}#refs/tags/v1 /r`, ["directory", "link", "one", "sub", "tool"]],
    [`ADD ${url}?tag=v1&checksum=${first.slice(0, 10)} /r`, ["directory", "link", "one", "sub", "tool"]],
    [`ADD ${url}#${first} /r`, ["directory", "link", "one", "sub", "tool"]],
    [`ADD ${url}?branch=master&commit=${second} /r`, ["directory", "link", "one", "sub", "tool", "two"]],
    [`ADD --checksum=${second} ${url}#master /r`, ["directory", "link", "one", "sub", "tool", "two"]],
    [`ADD ${url}#v1:sub /r`, ["deep"]],
    [`ADD ${url}?subdir=../sub/./deep/ /r`, ["file"]],
    [`ADD --exclude=o* ${url}#v1 /r`, ["directory", "link", "sub", "tool"]],
    [`ADD --keep-git-dir=true ${url}?subdir=sub /r`, ["deep"]],
  ] as const;
  for (const [line, files] of rows)
    assert.deepEqual(readdirSync(`${await succeeds(bench.build(line))}/r`), files, line);
});

test("a kept history: HEAD at the commit, the ref that was asked for, and no password", async () => {
  await using bench = await makeBench();
  const { url, second } = bench;
  const withUser = url.replace("//", "//me:secret@");
  const out = await succeeds(bench.build(`ADD --keep-git-dir ${withUser}#master /r`));
  const git = (...args: string[]): Promise<string> =>
    bench.sandbox.run("git", ["-c", "safe.directory=*", "-C", `${out}/r`, ...args]);
  assert.equal(readFileSync(`${out}/r/.git/HEAD`, "utf8").trim(), second);
  assert.equal((await git("status", "--short")).trim(), "");
  assert.equal((await git("rev-parse", "refs/heads/master")).trim(), second);
  assert.equal((await git("remote", "get-url", "origin")).trim(), url);
  for (const name of ["FETCH_HEAD", "hooks", "logs"])
    assert.equal(existsSync(`${out}/r/.git/${name}`), false);
  const found = await bench.sandbox.run("sh", [
    "-c",
    'grep -rl "secret" "$1" || true',
    "sh",
    bench.sandbox.store,
  ]);
  assert.equal(found, "");
});

test("the commit decides the key: only its ref is looked at when it is known, and it is fetched when it moves", async () => {
  await using bench = await makeBench();
  const { url, first, server, repository } = bench;
  await succeeds(bench.build(`ADD ${url}#v1 /r`));
  assert.equal(server.fetches(), 1);
  await succeeds(bench.build(`ADD ${url}#v1 /r`));
  await succeeds(bench.build(`ADD --checksum=${first} ${url}#${first} /r`));
  await succeeds(bench.build(`ADD ${url.replace("http://", "http://other@")}?tag=v1 /r`));
  assert.equal(server.fetches(), 1);
  repository.git("tag", "--force", "v1", "master");
  assert.deepEqual(readdirSync(`${await succeeds(bench.build(`ADD ${url}#v1 /r`))}/r`).length, 6);
  assert.equal(server.fetches(), 2);
});

test("times: those of the checkout, or of the commit when the address says so", async () => {
  await using bench = await makeBench();
  const out = await succeeds(bench.build(`ADD ${bench.url}?mtime=commit /r`));
  for (const name of ["/one", "/sub", "/sub/deep/file", "/link"])
    assert.equal(lstatSync(`${out}/r${name}`).mtimeMs, commitSeconds * 1000, name);
  const now = await succeeds(bench.build(`ADD ${bench.url} /r`));
  assert.ok(lstatSync(`${now}/r/one`).mtimeMs > commitSeconds * 1000);
});

test("fetch-by-commit takes the commit wherever its branch is now", async () => {
  await using bench = await makeBench();
  const { url, first } = bench;
  const out = await succeeds(bench.build(`ADD ${url}?fetch-by-commit&commit=${first}#master /r`));
  assert.equal(existsSync(`${out}/r/two`), false);
  const { code, stderr } = await bench.build(`ADD ${url}?fetch-by-commit#master /r`);
  assert.equal(code, 2);
  assert.match(stderr, /fetch-by-commit requires a checksum with all digits/);
});

test("a server that gives by their digits only what a ref names: the branch is fetched, else everything", async () => {
  await using bench = await makeBench();
  const { repository, sandbox, second } = bench;
  await using old = await serveRepositories(sandbox.path("git"), { isOld: true });
  repository.commit("third", { three: "3" });
  const url = `${old.url}/app/.git`;
  const rows = [
    [`${url}#master`, true],
    [`${url}#${second}`, false],
    [`${url}?fetch-by-commit&commit=${second}&keep-git-dir#master`, false],
  ] as const;
  for (const [address, isThird] of rows) {
    const out = await succeeds(bench.build(`ADD ${address} /r`));
    assert.equal(existsSync(`${out}/r/two`), true, address);
    assert.equal(existsSync(`${out}/r/three`), isThird, address);
  }
  const { code, stderr } = await bench.build(`ADD ${url}#${"1".repeat(40)} /r`);
  assert.equal(code, 2);
  assert.match(stderr, /repository does not contain commit 1111/);
});

test("submodules come along, named relative to the repository or not, unless they are not wanted", async () => {
  await using bench = await makeBench();
  const { repository, sandbox, url } = bench;
  const inner = makeRepository(sandbox.path("git", "inner"));
  const innerCommit = inner.commit("inner", { file: "innermost" });
  const middle = makeRepository(sandbox.path("git", "middle"));
  addSubmodule(middle, "deeper", { url: "../../inner/.git", commit: innerCommit });
  const middleCommit = middle.commit("middle", { file: "middle" });
  addSubmodule(repository, "modules/a b", { url: `${bench.server.url}/middle/.git`, commit: middleCommit });
  repository.commit("modules", {});
  const out = await succeeds(bench.build(`ADD ${url} /r`));
  assert.equal(readFileSync(`${out}/r/modules/a b/file`, "utf8"), "middle");
  assert.equal(readFileSync(`${out}/r/modules/a b/deeper/file`, "utf8"), "innermost");
  const without = await succeeds(bench.build(`ADD ${url}?submodules=false /r`));
  assert.deepEqual(readdirSync(`${without}/r/modules/a b`), []);
});

function addSubmodule(
  repository: TestRepository,
  path: string,
  { url, commit }: { readonly url: string; readonly commit: string },
): void {
  repository.submodule(path, commit);
  repository.git("config", "--file", ".gitmodules", `submodule.${path}.path`, path);
  repository.git("config", "--file", ".gitmodules", `submodule.${path}.url`, url);
}

test("what cannot be is said at its line, in BuildKit's words", async () => {
  await using bench = await makeBench();
  const { url, first, second } = bench;
  const rows = [
    [`ADD ${url}#nowhere /r`, 2, /Dockerfile:2: repository does not contain ref nowhere, output: ""/s],
    [`ADD ${url}?ref=${first.slice(0, 8)} /r`, 2, /repository does not contain ref/],
    [`ADD ${url}?branch=v1 /r`, 2, /repository does not contain ref refs\/heads\/v1/],
    [`ADD ${url}#${"0".repeat(40)} /r`, 2, /repository does not contain commit 0000/],
    [
      `ADD --checksum=${first} ${url}#master /r`,
      4,
      new RegExp(`expected checksum to match ${first}, got ${second}`),
    ],
    [`ADD --checksum=foobar ${url} /r`, 2, /invalid checksum foobar for Git URL, expected hex commit hash/],
    [`ADD ${url}#-x /r`, 2, /-x is no name of a branch/],
    [`ADD --keep-git-dir=true ${url}?keep-git-dir=false /r`, 2, /inconsistent keep-git-dir configuration/],
    [`ADD ${url}?tag=v1#refs/heads/master /r`, 2, /ref conflicts/],
    [`ADD ${url}#v1:absent /r`, 2, /there is no directory absent in the repository/],
    [`ADD ${url}#v1:directory /r`, 2, /a symlink, not a directory, is directory in the repository/],
    [`ADD ${url}#v1:directory/deep /r`, 2, /there is no directory directory\/deep in the repository/],
    [`ADD ${url.replace("/app/", "/absent/")} /r`, 3, /git ls-remote of http:.* failed: .*not found/],
    [`COPY ${url} /r`, 2, /source can't be a git ref for COPY/],
  ] as const;
  for (const [line, code, says] of rows) {
    const built = await bench.build(line);
    assert.equal(built.code, code, `${line}: ${built.stderr}`);
    assert.match(built.stderr, says, line);
  }
});

test("a repository that wants a token gets that of the secrets, and nobody sees it", async () => {
  await using bench = await makeBench();
  const { sandbox } = bench;
  const authorization = `basic ${Buffer.from("x-access-token:s3cret").toString("base64")}`;
  await using closed = await serveRepositories(sandbox.path("git"), { authorization });
  const line = `ADD ${closed.url}/app/.git#v1 /r`;
  const refused = await bench.build(line);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /give a token as the secret GIT_AUTH_TOKEN/);
  const env = { GIT_AUTH_TOKEN: "s3cret", WRONG: "wrong" };
  const host = new URL(closed.url).host;
  const context = sandbox.context({ Dockerfile: `FROM scratch\n${line}\n` });
  const given = [
    "--secret",
    "id=GIT_AUTH_TOKEN,env=WRONG",
    "--secret",
    `id=GIT_AUTH_TOKEN.${host},env=GIT_AUTH_TOKEN`,
  ];
  const out = sandbox.path("with-token");
  const built = await sandbox.tsbuild(["--output", out, ...given, context], { env });
  assert.equal(built.code, 0, built.stderr);
  assert.equal(readFileSync(`${out}/r/one`, "utf8"), "1");
  for (const text of ["s3cret", authorization]) assert.equal(built.stderr.includes(text), false);
});

test("a named context that is a repository stands for a source, a stage and a base; its commit is fetched once", async () => {
  await using bench = await makeBench();
  const { url, server } = bench;
  const options = ["--build-context", `app=${url}?keep-git-dir=false#v1`];
  const copied = await succeeds(bench.build("COPY --from=app sub /s", options));
  assert.deepEqual(readdirSync(`${copied}/s`), ["deep"]);
  const context = bench.sandbox.context({ Dockerfile: "FROM app\nCOPY Dockerfile /\n" });
  const out = bench.sandbox.path("from");
  const { code, stderr } = await bench.sandbox.tsbuild(["--output", out, ...options, context]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(out), ["Dockerfile", "directory", "link", "one", "sub", "tool"]);
  assert.equal(server.fetches(), 1);
  const bad = await bench.build("COPY --from=app sub /s", ["--build-context", `app=${url}#-x`]);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /-x is no name of a branch/);
});

for (const [how, signal] of [
  ["interrupted", "SIGINT"],
  ["killed", "SIGKILL"],
] as const)
  test(`a server that says nothing is not waited for when the build is ${how}; git ends with it`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    let hungUp: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (hungUp = resolve));
    let asked: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    await using web = await serve((request) => {
      request.socket.once("close", hungUp);
      asked();
    });
    const context = sandbox.context({ Dockerfile: `FROM scratch\nADD ${web.url}/r.git /r\n` });
    const running = sandbox.start(["--output", sandbox.path("out"), context]);
    await waiting;
    running.kill(signal);
    assert.equal((await running.finished).code, signal === "SIGINT" ? 130 : null);
    await gone;
  });
