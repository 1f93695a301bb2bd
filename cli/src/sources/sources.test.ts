import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { datedTar } from "test-images";
import { serve } from "../../test/web.ts";
import { build } from "../build.ts";
import type { BuildSources, SourceOptions } from "../options/source-options.ts";
import { openSources } from "./sources.ts";

interface Scene extends AsyncDisposable {
  readonly directory: string;
  readonly said: string[];
  open(options: SourceOptions): Promise<BuildSources>;
}

function makeScene(): Scene {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-sources-"));
  const said: string[] = [];
  const place = {
    env: {},
    cwd: directory,
    signal: new AbortController().signal,
    say: (text: string) => void said.push(text),
  };
  return {
    directory,
    said,
    open: (options) => openSources({ storeRoot: join(directory, "store"), ...options }, place),
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function* streamOf(...chunks: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const files = {
  Dockerfile: ["FROM scratch\n", 100],
  "d/x": ["x", 300],
  ".dockerignore": ["d\n", 200],
} as const;

for (const [name, ignores, expected] of [
  ["of the Dockerfile", { "Dockerfile.dockerignore": "own", ".dockerignore": "common" }, "own"],
  ["of the context alone is left to the build", { ".dockerignore": "common" }, undefined],
] as const)
  test(`a directory: the ignore rules ${name}`, async () => {
    await using scene = makeScene();
    for (const [path, text] of Object.entries({ ...ignores, Dockerfile: "FROM scratch" }))
      writeFileSync(join(scene.directory, path), text);
    await using sources = await scene.open({ context: "." });
    assert.deepEqual(sources.context, { directory: scene.directory });
    assert.equal(sources.dockerfile.ignore, expected);
  });

for (const [name, given] of [
  ["the default", undefined],
  ["a given path", "sub/Dockerfile"],
] as const)
  test(`dockerfile will do where there is no Dockerfile: ${name}`, async () => {
    await using scene = makeScene();
    mkdirSync(join(scene.directory, "sub"));
    for (const path of ["dockerfile", "sub/dockerfile"]) writeFileSync(join(scene.directory, path), path);
    await using sources = await scene.open({ context: ".", ...(given && { dockerfile: given }) });
    assert.equal(sources.dockerfile.text, given === undefined ? "dockerfile" : "sub/dockerfile");
  });

test("a stream: an archive, with the time of its newest file and no ignore rules", async () => {
  await using scene = makeScene();
  let directory: string;
  {
    await using sources = await scene.open({ context: streamOf(gzipSync(datedTar(files))) });
    ({ directory } = sources.context);
    assert.equal(sources.context.changed?.seconds, 300);
    assert.deepEqual(sources.dockerfile, { name: "Dockerfile", text: "FROM scratch\n", ignore: "" });
    assert.equal(readFileSync(join(directory, "d/x"), "utf8"), "x");
    assert.match(scene.said.join(), /\.dockerignore has no effect/);
  }
  assert.equal(existsSync(directory), false);
});

test("a stream that is a Dockerfile has an empty context and no time", async () => {
  await using scene = makeScene();
  await using sources = await scene.open({ context: streamOf("FROM ", "scratch\n") });
  assert.equal(sources.dockerfile.text, "FROM scratch\n");
  assert.equal(sources.context.changed?.seconds, undefined);
});

test("the Dockerfile as text, as bytes and behind a URL, beside any context", async () => {
  await using scene = makeScene();
  await using web = await serve((_, response) => response.end("FROM web\n"));
  for (const context of ["directory", "stream"]) {
    const opened = (): string | AsyncIterable<Uint8Array> =>
      context === "directory" ? scene.directory : streamOf(datedTar({ a: ["a", 1] }));
    for (const [dockerfile, text] of [
      [{ name: "Mine", text: "FROM text\n" }, "FROM text\n"],
      [streamOf("FROM bytes\n"), "FROM bytes\n"],
      [`${web.url}/Dockerfile`, "FROM web\n"],
    ] as const) {
      await using sources = await scene.open({ context: opened(), dockerfile });
      assert.equal(sources.dockerfile.text, text);
    }
  }
});

const modified = "Sun, 06 Nov 1994 08:49:37 GMT";

for (const [name, body, headers, expected] of [
  ["the header's", datedTar(files), { "last-modified": modified }, Date.UTC(1994, 10, 6, 8, 49, 37) / 1000],
  ["else the archive's", gzipSync(datedTar(files)), {}, 300],
  ["else none", Buffer.from("FROM scratch\n"), {}, undefined],
] as const)
  test(`a URL: the time is ${name}`, async () => {
    await using scene = makeScene();
    await using web = await serve((_, response) => response.writeHead(200, headers).end(body));
    await using sources = await scene.open({ context: `${web.url}/c.tar` });
    assert.equal(sources.context.changed?.seconds, expected);
    assert.equal(sources.dockerfile.text, "FROM scratch\n");
  });

test("a URL that is a Dockerfile: it is the file called context, --file means nothing, an absolute path means this machine", async () => {
  await using scene = makeScene();
  await using web = await serve((_, response) => response.end("FROM web\n"));
  await using ignored = await scene.open({ context: web.url, dockerfile: "mydockerfile" });
  assert.equal(ignored.dockerfile.text, "FROM web\n");
  assert.equal(readFileSync(join(ignored.context.directory, "context"), "utf8"), "FROM web\n");
  writeFileSync(join(scene.directory, "Own"), "FROM own\n");
  await using own = await scene.open({ context: web.url, dockerfile: join(scene.directory, "Own") });
  assert.equal(own.dockerfile.text, "FROM own\n");
});

test("a URL: a secret for its host is sent", async () => {
  await using scene = makeScene();
  await using web = await serve((request, response) =>
    response.writeHead(request.headers.authorization === "Bearer t" ? 200 : 401).end("FROM web\n"),
  );
  const secrets = { "HTTP_AUTH_TOKEN_127.0.0.1": () => Buffer.from("t") };
  await using sources = await scene.open({ context: web.url, secrets });
  assert.equal(sources.dockerfile.text, "FROM web\n");
  await assert.rejects(async () => await scene.open({ context: web.url }), { code: "DOWNLOAD_FAILED" });
});

test("a directory of a context: the Dockerfile is that of all of it, and nothing leads out", async () => {
  await using scene = makeScene();
  const archive = datedTar({ Dockerfile: ["FROM outer\n", 1], "sub/dir/a": ["a", 1] });
  await using sources = await scene.open({ context: streamOf(archive), contextSubPath: "sub/dir" });
  assert.equal(readFileSync(join(sources.context.directory, "a"), "utf8"), "a");
  assert.equal(sources.dockerfile.text, "FROM outer\n");
  for (const contextSubPath of ["sub/dir/a", "nowhere", "link"]) {
    writeFileSync(join(scene.directory, "Dockerfile"), "FROM scratch\n");
    if (!existsSync(join(scene.directory, "link"))) symlinkSync("/etc", join(scene.directory, "link"));
    await assert.rejects(async () => await scene.open({ context: ".", contextSubPath }), {
      code: "CONTEXT_MISSING",
    });
  }
});

test("the library builds from a stream", async () => {
  await using scene = makeScene();
  const archive = datedTar({ Dockerfile: ["FROM scratch\nCOPY a /b\n", 1], a: ["text", 1] });
  const destination = join(scene.directory, "out");
  const run = build({
    context: streamOf(archive),
    storeRoot: join(scene.directory, "store"),
    outputs: [{ kind: "tar", destination }],
  });
  const notices: string[] = [];
  for await (const event of run) if (event.kind === "notice") notices.push(event.message);
  assert.match((await run.result).imageId, /^sha256:/);
  assert.match(readFileSync(destination, "latin1"), /text/);
  assert.deepEqual(notices, []);
});

test("what has to be received waits for the rights to do so; a directory does not", async () => {
  await using scene = makeScene();
  writeFileSync(join(scene.directory, "Dockerfile"), "FROM scratch\n");
  let asked = 0;
  const beforeWork = async (): Promise<void> => void (asked += 1);
  await using _directory = await scene.open({ context: ".", beforeWork });
  assert.equal(asked, 0);
  await using _stream = await scene.open({ context: streamOf("FROM scratch\n"), beforeWork });
  assert.equal(asked, 1);
});
