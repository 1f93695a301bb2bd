import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeSandbox } from "./sandbox.ts";
import { serve } from "../web.ts";

test("ADD of a URL is downloaded once, asked for again by its ETag, and replaced when it changes", async () => {
  await using sandbox = await makeSandbox();
  let version = 1;
  const statuses: number[] = [];
  await using web = await serve((request, response) => {
    const etag = `"${version}"`;
    const isKnown = request.headers["if-none-match"] === etag;
    response.writeHead(isKnown ? 304 : 200, { etag, "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT" });
    response.end(isKnown ? undefined : `version ${version}\n`);
    statuses.push(response.statusCode);
  });
  const context = sandbox.context({
    Dockerfile: `FROM busybox\nADD ${web.url}/dir/file.txt /data/\nRUN cat /data/file.txt\n`,
  });
  let builds = 0;
  const build = async (): Promise<string> => {
    const out = sandbox.path(`out-${builds++}`);
    const output = `type=local,dest=${out}`;
    const { code, stderr } = await sandbox.tsbuild(["--progress", "plain", "--output", output, context]);
    assert.equal(code, 0, stderr);
    return out;
  };
  const first = await build();
  assert.equal(readFileSync(`${first}/data/file.txt`, "utf8"), "version 1\n");
  assert.equal(statSync(`${first}/data/file.txt`).mode & 0o777, 0o600);
  assert.equal(statSync(`${first}/data/file.txt`).mtimeMs, Date.UTC(1994, 10, 6, 8, 49, 37));
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  await build();
  assert.equal(statuses.at(-1), 304);
  version = 2;
  assert.equal(readFileSync(`${await build()}/data/file.txt`, "utf8"), "version 2\n");
});

test("ADD of a URL: an archive stays as it is, and --unpack takes it apart", async () => {
  await using sandbox = await makeSandbox();
  const files = sandbox.context({ "inner.txt": "inside" });
  await sandbox.run("tar", ["-cf", sandbox.path("a.tar"), "-C", files, "inner.txt"]);
  const archive = gzipSync(readFileSync(sandbox.path("a.tar")));
  await using web = await serve((_, response) => response.end(archive));
  const context = sandbox.context({
    Dockerfile: `FROM scratch\nADD ${web.url}/a.tar.gz /whole/\nADD --unpack ${web.url}/a.tar.gz /parts/\n`,
  });
  const output = `type=local,dest=${sandbox.path("out")}`;
  const { code, stderr } = await sandbox.tsbuild(["--output", output, context]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(readFileSync(sandbox.path("out", "whole", "a.tar.gz")), archive);
  assert.equal(readFileSync(sandbox.path("out", "parts", "inner.txt"), "utf8"), "inside");
});

test("ADD of a URL that is not there, or holds something else, fails at its line", async () => {
  await using sandbox = await makeSandbox();
  await using web = await serve((request, response) =>
    response.writeHead(request.url === "/x" ? 200 : 404).end("x"),
  );
  const wrong = `sha256:${"0".repeat(64)}`;
  const rows = [
    { line: `ADD ${web.url}/missing /`, code: 3, says: /invalid response status 404/ },
    { line: `ADD --checksum=${wrong} ${web.url}/x /`, code: 4, says: /digest mismatch sha256:2d711642b726/ },
  ];
  for (const { line, code, says } of rows) {
    const context = sandbox.context({ Dockerfile: `FROM busybox\n${line}\n` });
    const result = await sandbox.tsbuild(["--progress", "plain", context]);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, says);
    assert.match(result.stderr, /Dockerfile:2/);
  }
});
