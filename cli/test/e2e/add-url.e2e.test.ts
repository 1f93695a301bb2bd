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

test("ADD of a URL: how the file is called, where it lands, whose it is", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  await using web = await serve((request, response) => {
    const path = request.url ?? "";
    if (path === "/moved/name") return void response.writeHead(302, { location: "/target/other" }).end();
    response.writeHead(200, { "content-disposition": 'attachment; filename="header"' }).end(path);
  });
  const lines = [
    `ADD ${web.url}/a/name /dir/`,
    `ADD ${web.url}/a/sp%20ace?query=x#y /dir/`,
    `ADD ${web.url} /dir/`,
    `ADD ${web.url}/a/name /file`,
    `ADD --chown=1:2 --chmod=751 ${web.url}/a/own /own/`,
    `ADD ${web.url}/moved/name ${web.url}/a/second /many/`,
    `WORKDIR /work`,
    `ADD ${web.url}/a/here .`,
  ];
  const archive = sandbox.path("out.tar");
  const context = sandbox.context({ Dockerfile: `FROM scratch\n${lines.join("\n")}\n` });
  const { code, stderr } = await sandbox.tsbuild(["build", "--output", `type=tar,dest=${archive}`, context]);
  assert.equal(code, 0, stderr);
  const listed = await sandbox.run("tar", ["--numeric-owner", "--utc", "-tvf", archive]);
  const files = listed
    .split("\n")
    .filter((line) => line.startsWith("-"))
    .map((line) => line.replace(/ +\d+ (1970-01-01) [\d:]+ /, " $1 "));
  assert.deepEqual(files.toSorted(), [
    // As BuildKit: of the URL that was written, whatever the reply calls it; percent signs are read.
    "-rw------- 0/0 1970-01-01 dir/__unnamed__",
    "-rw------- 0/0 1970-01-01 dir/name",
    "-rw------- 0/0 1970-01-01 dir/sp ace",
    "-rw------- 0/0 1970-01-01 file",
    "-rw------- 0/0 1970-01-01 many/name",
    "-rw------- 0/0 1970-01-01 many/second",
    "-rw------- 0/0 1970-01-01 work/here",
    "-rwxr-x--x 1/2 1970-01-01 own/own",
  ]);
  assert.equal(await sandbox.run("tar", ["-xOf", archive, "many/name"]), "/target/other");
});
