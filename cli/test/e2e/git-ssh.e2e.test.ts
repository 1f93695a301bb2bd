import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { makeRepository } from "test-images";
import { type Finished, makeSandbox, type Sandbox } from "./sandbox.ts";

/** Stands in for ssh and the machine behind it: keeps what it was told, and which keys the agent has. */
const ssh = `#!/bin/sh
printf '%s\\n' "$*" >> "$(dirname "$0")/said"
ssh-add -L >> "$(dirname "$0")/keys" 2>&1
for command; do :; done
exec sh -c "$command"
`;

interface SshBench extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** A path that the stand-in serves. */
  readonly repository: string;
  readonly key: string;
  build(line: string, options?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>;
  /** What ssh was told so far, and the keys it saw. */
  said(name: "said" | "keys"): string;
}

async function makeSshBench(): Promise<SshBench> {
  const sandbox = await makeSandbox({ base: "none" });
  const bin = sandbox.path("bin");
  mkdirSync(bin);
  writeFileSync(`${bin}/ssh`, ssh, { mode: 0o755 });
  const repository = makeRepository(sandbox.path("app"));
  repository.commit("first", { file: "1", Dockerfile: "FROM scratch\nCOPY file /\n" });
  const key = sandbox.path("key");
  await sandbox.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", key]);
  const path = `${bin}:${process.env["PATH"]}`;
  return {
    sandbox,
    key,
    repository: `${repository.directory}/.git`,
    build: (line, options = [], env = {}) => {
      const context = line.startsWith("ADD ")
        ? sandbox.context({ Dockerfile: `FROM scratch\n${line}\n` })
        : line;
      rmSync(sandbox.path("out"), { recursive: true, force: true });
      const output = ["--output", sandbox.path("out")];
      return sandbox.tsbuild(["build", ...output, ...options, context], {
        env: { SSH_AUTH_SOCK: undefined, ...env, PATH: path },
      });
    },
    said: (name) => readFileSync(`${bin}/${name}`, "utf8"),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

test("ADD of a repository behind ssh: the agent that the build was given has the keys, and no other", async () => {
  await using bench = await makeSshBench();
  const { sandbox, repository, key } = bench;
  const lines = [`ADD git@host:${repository} /r`, `ADD ssh://git@host:22${repository}?keep-git-dir=true /r`];
  for (const line of lines) {
    const { code, stderr } = await bench.build(line, ["--ssh", `default=${key}`]);
    assert.equal(code, 0, stderr);
    assert.equal(readdirSync(sandbox.path("out", "r")).includes("file"), true);
  }
  const wanted = readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
  const keys = bench.said("keys").trim().split("\n");
  assert.deepEqual(new Set(keys.map((line) => line.trim())), new Set([wanted]));
  for (const said of bench.said("said").trim().split("\n"))
    assert.match(
      said,
      /^-F \/dev\/null -o BatchMode=yes -o IdentityFile=none .*\.ssh\/known_hosts .*git@host git-upload-pack '/,
    );
  assert.match(readFileSync(sandbox.path("out", "r", ".git", "config"), "utf8"), /url = ssh:\/\/git@host/);
});

test("ADD of a repository behind ssh does not take what it was not given", async () => {
  await using bench = await makeSshBench();
  const { repository, key } = bench;
  const line = `ADD git@host:${repository} /r`;
  // Whatever agent the user has: a Dockerfile does not come by its keys unasked.
  const { code, stderr } = await bench.build(line, [], { SSH_AUTH_SOCK: "/nowhere" });
  assert.equal(code, 2);
  assert.match(stderr, /no SSH key "default" forwarded from the client/);
  const other = await bench.build(line, ["--ssh", `other=${key}`]);
  assert.match(other.stderr, /unset ssh forward key default/);
});

test("a context behind ssh: --ssh default, else the user's own agent", async () => {
  await using bench = await makeSshBench();
  const { sandbox, repository, key } = bench;
  const context = `ssh://git@host${repository}`;
  const given = await bench.build(context, ["--ssh", `default=${key}`]);
  assert.equal(given.code, 0, given.stderr);
  const socket = sandbox.path("agent");
  const agent = sandbox.spawn("ssh-agent", ["-D", "-a", socket]);
  try {
    await sandbox.run("sh", ["-c", `until [ -S ${socket} ]; do sleep 0.05; done`]);
    await sandbox.run("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket } });
    const own = await bench.build(context, [], { SSH_AUTH_SOCK: socket });
    assert.equal(own.code, 0, own.stderr);
  } finally {
    agent.kill("SIGTERM");
    await agent.finished;
  }
  const none = await bench.build(context);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no SSH key "default" forwarded/);
});
