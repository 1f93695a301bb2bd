import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type ContextFile, makeSandbox, type Sandbox } from "./sandbox.ts";

/** The context as a tar, as `tar -c .` writes it. */
async function tarOf(sandbox: Sandbox, files: Readonly<Record<string, ContextFile>>): Promise<Buffer> {
  const path = sandbox.path("context.tar");
  await sandbox.run("tar", ["-cf", path, "-C", sandbox.context(files), "."]);
  return readFileSync(path);
}

const files = {
  Dockerfile: "FROM scratch\nCOPY . /c/\n",
  "other/Dockerfile": "FROM scratch\nCOPY a.txt /from-other\n",
  "a.txt": "a",
  "b.log": "b",
  ".dockerignore": "*.log\nDockerfile\nother\n.dockerignore\n",
};

const compressions: readonly (readonly [string, (tar: Buffer) => Buffer])[] = [
  ["plain", (tar) => tar],
  ["gzip", (tar) => gzipSync(tar)],
  ["zstd", (tar) => zstdCompressSync(tar)],
];

for (const [name, compressed] of compressions)
  test(`a context on standard input: a ${name} tar`, async () => {
    await using sandbox = await makeSandbox({ base: "none" });
    const input = compressed(await tarOf(sandbox, files));
    const out = sandbox.path("out");
    const { code, stderr } = await sandbox.tsbuild(["build", "--output", `type=local,dest=${out}`, "-"], {
      input,
    });
    assert.equal(code, 0, stderr);
    // As BuildKit: only a context that is a directory has ignore rules.
    assert.deepEqual(readdirSync(`${out}/c`), [".dockerignore", "Dockerfile", "a.txt", "b.log", "other"]);
    assert.match(stderr, /the context's \.dockerignore has no effect/);
    assert.deepEqual(readdirSync(sandbox.path("store", "tmp")), []);
  });

test("--file names a Dockerfile inside a received context", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const input = await tarOf(sandbox, files);
  const out = sandbox.path("out");
  const { code, stderr } = await sandbox.tsbuild(
    ["build", "--file", "other/Dockerfile", "--output", `type=local,dest=${out}`, "-"],
    { input },
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(out), ["from-other"]);
});

test("a Dockerfile alone on standard input has an empty context", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const out = sandbox.path("out");
  const { code, stderr } = await sandbox.tsbuild(["build", "--output", `type=local,dest=${out}`, "-"], {
    input: "FROM scratch\nCOPY <<x /greeting\nhello\nx\n",
  });
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(`${out}/greeting`, "utf8"), "hello\n");
});

test("a context behind a URL: an archive, or a Dockerfile alone", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const archive = gzipSync(await tarOf(sandbox, files));
  await using stack = new AsyncDisposableStack();
  const server = createServer((request, response) =>
    response.end(request.url === "/c.tgz" ? archive : "FROM scratch\nCOPY <<x /y\nz\nx\n"),
  ).listen(0, "127.0.0.1");
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [path, made] of [
    ["c.tgz", "c/a.txt"],
    ["Dockerfile", "y"],
  ]) {
    const out = sandbox.path(`out-${path}`);
    const { code, stderr } = await sandbox.tsbuild([
      "build",
      "--output",
      `type=local,dest=${out}`,
      `${url}/${path}`,
    ]);
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(`${out}/${made}`));
  }
});

test("links of a received context do not lead out of it", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  writeFileSync(sandbox.path("secret"), "FROM scratch\nCOPY <<x /leaked\nx\n");
  const rows = [
    {
      files: { Dockerfile: { link: sandbox.path("secret") } },
      says: /there is no file Dockerfile in the context/,
    },
    {
      files: { Dockerfile: "FROM scratch\nCOPY in/secret /\n", in: { link: sandbox.directory } },
      says: /"\/in\/secret": not found/,
    },
  ];
  for (const { files: evil, says } of rows) {
    const { code, stderr } = await sandbox.tsbuild(["build", "-"], { input: await tarOf(sandbox, evil) });
    assert.notEqual(code, 0);
    assert.match(stderr, says);
  }
});

test("standard input cannot be the context and the Dockerfile, nor two Dockerfiles one", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const both = await sandbox.tsbuild(["build", "--file", "-", "-"], { input: "FROM scratch\n" });
  assert.match(both.stderr, /can't use stdin for both build context and dockerfile/);
  const two = await sandbox.tsbuild(["build", "--file", "x", "-"], { input: "FROM scratch\n" });
  assert.match(two.stderr, /ambiguous Dockerfile source/);
  assert.deepEqual([both.code, two.code], [2, 2]);
});
