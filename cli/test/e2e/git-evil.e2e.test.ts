import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { makeRepository, serveRepositories, type TestRepository } from "test-images";
import { type Finished, makeSandbox, type Sandbox } from "./sandbox.ts";

interface Trap {
  readonly sandbox: Sandbox;
  readonly repository: TestRepository;
  /** Of the directory that all repositories are in. */
  readonly base: string;
  /** Not to be touched by anything. */
  readonly canary: string;
}

interface Row {
  readonly name: string;
  /** Makes the repository evil. @returns what follows its URL */
  readonly make: (trap: Trap) => string;
  /** What the command says when it refuses; undefined: it builds. */
  readonly says: RegExp | undefined;
  readonly check?: (out: string, trap: Trap) => void;
}

/** A tree with one entry of any name: git itself would not make it. */
function treeWith(repository: TestRepository, mode: string, name: string, object: string): string {
  const entry = Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(object, "hex")]);
  return repository.feed(entry, "hash-object", "-t", "tree", "-w", "--literally", "--stdin");
}

function commitTree(repository: TestRepository, tree: string): string {
  const commit = repository.git("commit-tree", tree, "-m", "evil");
  repository.git("update-ref", "refs/heads/evil", commit);
  return "#evil";
}

function submodule(repository: TestRepository, url: string, path = "m"): string {
  repository.submodule(path, repository.git("rev-parse", "HEAD"));
  writeFileSync(`${repository.directory}/.gitmodules`, `[submodule "m"]\n\tpath = ${path}\n\turl = ${url}\n`);
  repository.commit("evil", {});
  return "";
}

const rows: readonly Row[] = [
  {
    name: "a link out of the tree stays a link, and is not followed for the destination of another file",
    make: ({ repository, canary }) => {
      repository.commit("evil", { out: { link: canary }, up: { link: "../../../.." } });
      return "";
    },
    says: undefined,
    check: (out, { canary }) => {
      assert.equal(readlinkSync(`${out}/r/out`), canary);
      assert.equal(lstatSync(`${out}/r/up`).isSymbolicLink(), true);
    },
  },
  {
    name: "a subdirectory behind a link",
    make: ({ repository, canary }) => {
      repository.commit("evil", { out: { link: canary } });
      return "#master:out/inner";
    },
    says: /there is no directory out\/inner/,
  },
  {
    name: "a subdirectory above the repository is the repository",
    make: () => "#master:../../..",
    says: undefined,
    check: (out) => assert.deepEqual(readdirSync(`${out}/r`), ["file"]),
  },
  ...[".git", ".GIT", "..", "a/../../b"].map(
    (entry): Row => ({
      name: `a tree with an entry ${JSON.stringify(entry)}`,
      make: ({ repository }) => {
        const blob = repository.feed("evil", "hash-object", "-w", "--stdin");
        const name = Buffer.from(entry).toString("latin1");
        return commitTree(repository, treeWith(repository, "100644", name, blob));
      },
      says: /git checkout of .* failed: |git fetch of .* failed: /,
    }),
  ),
  {
    name: "a directory .git with hooks in it",
    make: ({ repository, canary }) => {
      const hook = repository.feed(`#!/bin/sh\ntouch ${canary}/hooked\n`, "hash-object", "-w", "--stdin");
      const hooks = treeWith(repository, "100755", "post-checkout", hook);
      const dotGit = treeWith(repository, "40000", "hooks", hooks);
      return commitTree(repository, treeWith(repository, "40000", ".git", dotGit));
    },
    says: /failed: /,
  },
  { name: "a ref that is an option", make: () => "#--upload-pack=touch", says: /is no name of a branch/ },
  {
    name: "a branch whose name is an option",
    make: ({ repository }) => {
      repository.git("update-ref", "refs/heads/--upload-pack=x", "HEAD");
      return "?branch=--upload-pack=x";
    },
    says: undefined,
  },
  {
    name: "a submodule by the transport ext",
    make: ({ repository, canary }) => submodule(repository, `ext::sh -c touch% ${canary}/ran`),
    says: /git submodule of .* failed: .*transport 'ext' not allowed/,
  },
  {
    name: "a submodule that is a directory of this machine",
    make: ({ repository }) => submodule(repository, repository.directory),
    says: /git submodule of .* failed: .*transport 'file' not allowed/,
  },
  {
    name: "a submodule whose URL is an option",
    make: ({ repository, canary }) => submodule(repository, `--upload-pack=touch ${canary}/ran`),
    says: /git submodule of .* failed: /,
  },
  {
    name: "a submodule over ssh to a host that is an option",
    make: ({ repository, canary }) =>
      submodule(repository, `ssh://-oProxyCommand=touch%20${canary}/ran/x.git`),
    says: /git submodule of .* failed: /,
  },
  {
    name: "a submodule with a command to update it",
    make: ({ repository, canary }) => {
      submodule(repository, "../app/.git");
      const config = `${repository.directory}/.gitmodules`;
      writeFileSync(
        config,
        `[submodule "m"]\n\tpath = m\n\turl = ../.git\n\tupdate = !touch ${canary}/ran\n`,
      );
      repository.git("add", ".gitmodules");
      repository.commit("evil", {});
      return "";
    },
    says: /git submodule of .* failed: /,
  },
  {
    name: "a .gitmodules that is a link out",
    make: ({ repository, canary }) => {
      const link = repository.feed(`${canary}/modules`, "hash-object", "-w", "--stdin");
      return commitTree(repository, treeWith(repository, "120000", ".gitmodules", link));
    },
    says: /git checkout of .* failed: /,
  },
  {
    name: "a filter that the repository asks for",
    make: ({ repository, canary }) => {
      repository.git("config", "filter.evil.smudge", `touch ${canary}/ran`);
      repository.commit("evil", { ".gitattributes": "* filter=evil\n" });
      return "?keep-git-dir=true";
    },
    says: undefined,
  },
];

async function build(
  sandbox: Sandbox,
  address: string,
  options: readonly string[] = [],
): Promise<Finished & { readonly out: string }> {
  const out = sandbox.path("out");
  const context = sandbox.context({ Dockerfile: `FROM scratch\nADD ${address} /r\n` });
  return { out, ...(await sandbox.tsbuild(["--progress=plain", "--output", out, ...options, context])) };
}

for (const { name, make, says, check } of rows)
  test(`an evil repository: ${name}`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const repository = makeRepository(sandbox.path("git", "app"));
    repository.commit("first", { file: "1" });
    const canary = sandbox.path("canary");
    mkdirSync(`${canary}/inner`, { recursive: true });
    await using server = await serveRepositories(sandbox.path("git"));
    const trap = { sandbox, repository, base: server.url, canary };
    const { code, stderr, out } = await build(sandbox, `${server.url}/app/.git${make(trap)}`);
    if (says === undefined) assert.equal(code, 0, stderr);
    else {
      assert.notEqual(code, 0);
      assert.match(stderr, says);
    }
    check?.(out, trap);
    assert.deepEqual(readdirSync(canary), ["inner"]);
    assert.deepEqual(readdirSync(sandbox.path("store", "tmp")), []);
  });

test("an evil repository: submodules without end", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const repository = makeRepository(sandbox.path("git", "app"));
  repository.commit("first", { file: "1" });
  // Each commit has the one before it as a submodule.
  for (let depth = 0; depth < 10; depth++) submodule(repository, "../.git");
  await using server = await serveRepositories(sandbox.path("git"));
  const { code, stderr } = await build(sandbox, `${server.url}/app/.git`);
  assert.equal(code, 3);
  assert.match(stderr, /more than 8 levels of submodules/);
  assert.equal(existsSync(sandbox.path("out")), false);
});

for (const address of [
  "ssh://-oProxyCommand=touch%20CANARY/x.git",
  "git@-oProxyCommand:x",
  "-oProxyCommand@h:x",
])
  test(`an address that is an option: ${address}`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const canary = sandbox.path("canary");
    const key = sandbox.path("key");
    await sandbox.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const options = ["--ssh", `default=${key}`];
    const { code, stderr } = await build(sandbox, address.replace("CANARY", canary), options);
    assert.equal(code, 3);
    assert.match(stderr, /git ls-remote of .* failed: .*(?:strange hostname|invalid characters)/);
    assert.equal(existsSync(canary), false);
  });

test("an evil context: its Dockerfile is a link to a file of this machine", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const canary = sandbox.path("canary");
  writeFileSync(canary, "FROM scratch\nLABEL from=host\n");
  const repository = makeRepository(sandbox.path("git", "app"));
  repository.commit("evil", { Dockerfile: { link: canary }, ".dockerignore": { link: canary } });
  await using server = await serveRepositories(sandbox.path("git"));
  const { code, stderr } = await sandbox.tsbuild([
    "build",
    "--output",
    sandbox.path("out"),
    `${server.url}/app/.git`,
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /there is no file Dockerfile in the context/);
});
