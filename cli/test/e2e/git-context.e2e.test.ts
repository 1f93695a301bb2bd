import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { commitSeconds, makeRepository, serveRepositories } from "test-images";
import { serve } from "../web.ts";
import { makeSandbox, type Finished, type Sandbox } from "./sandbox.ts";

interface Repository extends AsyncDisposable {
  readonly url: string;
  /** The first commit; `main` has a second one. */
  readonly first: string;
  build(context: string): Promise<Finished>;
  files(): string[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What every commit has. */
const always: ReadonlySet<string> = new Set(["Dockerfile", "out", "sub"]);

/** A repository served by git's own daemon on loopback. */
async function serveRepository(sandbox: Sandbox): Promise<Repository> {
  const work = sandbox.path("git", "app.git");
  mkdirSync(`${work}/sub`, { recursive: true });
  const env = {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
  };
  const git = (...args: string[]): Promise<string> => sandbox.run("git", ["-C", work, ...args], { env });
  await git("init", "--quiet", "--initial-branch=main");
  // Of a repository nothing is left out, as in BuildKit.
  writeFileSync(`${work}/.dockerignore`, "*\n");
  writeFileSync(
    `${work}/Dockerfile`,
    `FROM scratch\nCOPY --exclude=out --exclude=sub --exclude=Dockerfile . /\n`,
  );
  writeFileSync(`${work}/one`, "1");
  writeFileSync(`${work}/sub/Dockerfile`, "FROM scratch\nCOPY Dockerfile /from-sub\n");
  symlinkSync("/", `${work}/out`);
  await git("add", "--all");
  await git("commit", "--quiet", "--message=first");
  await git("tag", "v1");
  const first = (await git("rev-parse", "HEAD")).trim();
  // A submodule: another branch of the same repository.
  await git("checkout", "--quiet", "-b", "with-module");
  writeFileSync(`${work}/.gitmodules`, '[submodule "lib"]\n\tpath = lib\n\turl = ../app.git\n');
  await git("update-index", "--add", "--cacheinfo", `160000,${first},lib`);
  await git("add", ".gitmodules");
  await git("commit", "--quiet", "--message=module");
  await git("checkout", "--quiet", "main");
  writeFileSync(`${work}/two`, "2");
  await git("add", "--all");
  await git("commit", "--quiet", "--message=second");
  const port = await freePort();
  const base = sandbox.path("git");
  const daemon = spawn(
    "git",
    [
      "daemon",
      "--export-all",
      "--listen=127.0.0.1",
      `--port=${port}`,
      `--base-path=${base}`,
      "--verbose",
      base,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  // It says "Ready to rumble" when it listens.
  await once(daemon.stderr, "data");
  const out = sandbox.path("out");
  let builds = 0;
  return {
    url: `git://127.0.0.1:${port}/app.git`,
    first,
    build: (context) => sandbox.tsbuild(["build", "--output", `type=local,dest=${out}-${++builds}`, context]),
    files: () => readdirSync(`${out}-${builds}`).filter((name) => !always.has(name)),
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await once(daemon, "close");
    },
  };
}

test("a context from a repository: its branch, a tag, a commit, a directory of it", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  await using repository = await serveRepository(sandbox);
  const { url, first } = repository;
  const rows = [
    [url, [".dockerignore", "one", "two"]],
    [`${url}#main`, [".dockerignore", "one", "two"]],
    [`${url}#v1`, [".dockerignore", "one"]],
    [`${url}#${first}`, [".dockerignore", "one"]],
    [`${url}?tag=v1&checksum=${first}`, [".dockerignore", "one"]],
    [`${url}#v1:sub`, ["from-sub"]],
    [`${url}?ref=main&subdir=sub`, ["from-sub"]],
    // A submodule keeps the file that names its repository.
    [`${url}?ref=with-module&subdir=lib`, [".dockerignore", ".git", "one"]],
    [`${url}?keep-git-dir=true`, [".dockerignore", ".git", "one", "two"]],
  ] as const;
  for (const [context, files] of rows) {
    const { code, stderr } = await repository.build(context);
    assert.equal(code, 0, `${context}: ${stderr}`);
    assert.deepEqual(repository.files(), files, context);
  }
  assert.equal(statSync(sandbox.path("out-1", "one")).mode & 0o777, 0o644);
  assert.equal(readFileSync(sandbox.path("out-1", "two"), "utf8"), "2");
});

test("a context from a repository is refused when it is not what it says, or leads out", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  await using repository = await serveRepository(sandbox);
  const { url, first } = repository;
  const rows = [
    [`${url}#nowhere`, 2, /repository does not contain ref nowhere/],
    [`${url.replace("app", "absent")}#main`, 3, /git ls-remote of git:\/\/127.* failed: /],
    [`${url}#--upload-pack=touch`, 2, /is no name of a branch/],
    [`${url}?ref=main&checksum=${first}`, 4, /expected checksum to match/],
    [`${url}?ref=with-module&submodules=false&subdir=lib/sub`, 2, /there is no directory lib\/sub/],
    [`${url}#main:absent`, 2, /there is no directory absent in the repository/],
    // No link is followed.
    [`${url}#main:out`, 2, /a symlink, not a directory, is out in the repository/],
    [`${url}#main:out/etc`, 2, /there is no directory out\/etc in the repository/],
    [`${url}#main:../../..`, 0, /./],
    [`${url.replace("//", "//me:secret@").replace("app", "absent")}#nowhere`, 3, /git:\/\/\*\*\*@127/],
  ] as const;
  for (const [context, code, says] of rows) {
    const result = await repository.build(context);
    assert.equal(result.code, code, `${context}: ${result.stderr}`);
    assert.match(result.stderr, says, context);
    assert.doesNotMatch(result.stderr, /secret/);
  }
});

for (const format of ["sha1", "sha256"] as const)
  test(`a context from a ${format} repository: its history, its time, and a token for its server`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const repository = makeRepository(sandbox.path("git", "app"), { format });
    const dockerfile = "FROM scratch\nCOPY .git/HEAD .git/config /\nCOPY Dockerfile /\n";
    const commit = repository.commit("first", { Dockerfile: dockerfile, "dir/Dockerfile": dockerfile });
    const authorization = "Bearer s3cret";
    await using server = await serveRepositories(sandbox.path("git"), { authorization });
    const build = (context: string, ...options: string[]): Promise<Finished> =>
      sandbox.tsbuild(
        ["build", "--build-arg", "SOURCE_DATE_EPOCH=context", ...options, `${server.url}/app/.git${context}`],
        { env: { GIT_AUTH_HEADER: authorization } },
      );
    const secret = ["--secret", "id=GIT_AUTH_HEADER"];
    const keeps = ["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"];
    const closed = await build("", ...keeps);
    assert.equal(closed.code, 3);
    assert.match(closed.stderr, /give a token as the secret GIT_AUTH_TOKEN/);
    const out = sandbox.path("out");
    const { code, stderr } = await build("", ...secret, ...keeps, "--output", out, "--tag", "app");
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(`${out}/HEAD`, "utf8"), `${commit}\n`);
    // What is copied is known by its content, whatever its time: it is copied again.
    const again = ["--no-cache", "--output", sandbox.path("dated")];
    const dated = await build("?mtime=commit&keep-git-dir", ...secret, ...again);
    assert.equal(dated.code, 0, dated.stderr);
    assert.equal(statSync(sandbox.path("dated", "Dockerfile")).mtimeMs, commitSeconds * 1000);
    assert.equal(readFileSync(`${out}/config`, "utf8").includes("s3cret"), false);
    const inspected = await sandbox.tsbuild(["inspect", "app"]);
    assert.match(inspected.stdout, new RegExp(new Date(commitSeconds * 1000).toISOString().slice(0, 19)));
    for (const context of ["", "#master:dir"]) {
      const without = await build(context, ...secret);
      assert.equal(without.code, 2, without.stderr);
      assert.match(without.stderr, /"\/\.git\/(?:HEAD|config)": not found/);
    }
  });

test("a context from a server of plain files, with a submodule of another", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const inner = makeRepository(sandbox.path("git", "inner"));
  const commit = inner.commit("inner", { file: "inner" });
  const repository = makeRepository(sandbox.path("git", "app"));
  repository.submodule("m", commit);
  const modules = '[submodule "m"]\n\tpath = m\n\turl = ../../inner/.git\n';
  repository.commit("first", { Dockerfile: "FROM scratch\nCOPY m/file /\n", ".gitmodules": modules });
  for (const each of [inner, repository]) each.git("update-server-info");
  await using web = await serve((request, response) => {
    const path = sandbox.path("git", request.url?.replace(/\?.*$/, "") ?? "");
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  const out = sandbox.path("out");
  const { code, stderr } = await sandbox.tsbuild(["build", "--output", out, `${web.url}/app/.git#master`]);
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(`${out}/file`, "utf8"), "inner");
});
