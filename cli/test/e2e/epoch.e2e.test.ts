import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { commitSeconds, datedTar, makeRepository, serveRepositories } from "test-images";
import { serve } from "../web.ts";
import { makeSandbox, type RunOptions, type Sandbox } from "./sandbox.ts";

const tells = 'FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo -n "=$SOURCE_DATE_EPOCH="\n';

interface Dated {
  /** Seconds since 1970; undefined when the image has the time of its making. */
  readonly created: number | undefined;
  /** What RUN saw. */
  readonly seen: string | undefined;
}

async function build(sandbox: Sandbox, args: readonly string[], options: RunOptions = {}): Promise<Dated> {
  const before = Math.floor(Date.now() / 1000) - 60;
  const { code, stderr } = await sandbox.tsbuild(
    ["build", "--progress=plain", "--no-cache", "-t", "dated", ...args],
    options,
  );
  assert.equal(code, 0, stderr);
  const { stdout } = await sandbox.tsbuild(["inspect", "--format", "config", "dated"]);
  const created = Date.parse((JSON.parse(stdout) as { created: string }).created) / 1000;
  const seen = /^#\d+ [\d.]+ =(.*)=$/m.exec(stderr)?.[1];
  return { created: created >= before ? undefined : created, seen };
}

const archive = gzipSync(datedTar({ Dockerfile: [tells, 100], a: ["a", 1_600_000_000] }));
const modified = "Sun, 06 Nov 1994 08:49:37 GMT";
const modifiedSeconds = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;

test("SOURCE_DATE_EPOCH: a number from the environment, a build argument, a default", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: tells });
  const env = { SOURCE_DATE_EPOCH: "1000" };
  assert.deepEqual(await build(sandbox, [context], { env }), { created: 1000, seen: "1000" });
  const argument = ["--build-arg", "SOURCE_DATE_EPOCH=2000"];
  assert.deepEqual(await build(sandbox, [...argument, context], { env }), { created: 2000, seen: "2000" });
  const defaulted = sandbox.context({ Dockerfile: `ARG SOURCE_DATE_EPOCH=3000\n${tells}` });
  assert.deepEqual(await build(sandbox, [defaulted]), { created: 3000, seen: "3000" });
  assert.deepEqual(await build(sandbox, [...argument, defaulted]), { created: 2000, seen: "2000" });
  const wrong = await sandbox.tsbuild(["build", context], { env: { SOURCE_DATE_EPOCH: "tomorrow" } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /invalid SOURCE_DATE_EPOCH: tomorrow/);
});

test("SOURCE_DATE_EPOCH=context: when the context was changed, where something says it", async () => {
  await using sandbox = await makeSandbox();
  await using web = await serve((request, response) =>
    response.writeHead(200, request.url === "/dated.tar" ? { "last-modified": modified } : {}).end(archive),
  );
  const ask = ["--build-arg", "SOURCE_DATE_EPOCH=context"];
  const newest = { created: 1_600_000_000, seen: "1600000000" };
  const told = { created: modifiedSeconds, seen: String(modifiedSeconds) };
  assert.deepEqual(await build(sandbox, [...ask, `${web.url}/c.tar`]), newest);
  assert.deepEqual(await build(sandbox, [...ask, `${web.url}/dated.tar`]), told);
  assert.deepEqual(await build(sandbox, [...ask, "-"], { input: archive }), newest);
  const directory = sandbox.context({ Dockerfile: tells });
  assert.deepEqual(await build(sandbox, [...ask, directory]), { created: undefined, seen: "" });
});

test("SOURCE_DATE_EPOCH=NAME: of a named context, or of a stage that adds a URL", async () => {
  await using sandbox = await makeSandbox();
  const gets: string[] = [];
  await using web = await serve((request, response) => {
    gets.push(request.url ?? "");
    response.writeHead(200, request.url === "/dated.tar" ? { "last-modified": modified } : {}).end(archive);
  });
  const named = sandbox.context({ Dockerfile: `ARG SOURCE_DATE_EPOCH=src\n${tells}` });
  for (const [path, seconds] of [
    ["src.tar", 1_600_000_000],
    ["dated.tar", modifiedSeconds],
  ] as const) {
    const expected = { created: seconds, seen: String(seconds) };
    const given = ["--build-context", `src=${web.url}/${path}`];
    assert.deepEqual(await build(sandbox, [...given, named]), expected);
    const stage = sandbox.context({
      Dockerfile: `ARG SOURCE_DATE_EPOCH=src\nFROM scratch AS src\nADD ${web.url}/${path} /\n${tells}COPY --from=src / /src/\n`,
    });
    gets.length = 0;
    assert.deepEqual(await build(sandbox, [stage]), expected);
    // Looked at once for its time and for its content.
    assert.deepEqual(gets, [`/${path}`]);
    const graph = await sandbox.tsbuild(["build", "--print=graph", stage]);
    assert.match(graph.stdout, new RegExp(`"epoch": ${seconds}`));
  }
});

test("SOURCE_DATE_EPOCH of a repository is the time of its commit", async () => {
  await using sandbox = await makeSandbox();
  makeRepository(sandbox.path("git", "app.git")).commit("one", { Dockerfile: tells });
  await using server = await serveRepositories(sandbox.path("git"));
  const url = `${server.url}/app.git`;
  const expected = { created: commitSeconds, seen: String(commitSeconds) };
  assert.deepEqual(await build(sandbox, ["--build-arg", "SOURCE_DATE_EPOCH=context", url]), expected);
  const named = sandbox.context({ Dockerfile: `ARG SOURCE_DATE_EPOCH=src\n${tells}` });
  assert.deepEqual(await build(sandbox, ["--build-context", `src=${url}`, named]), expected);
  const stage = sandbox.context({
    Dockerfile: `ARG SOURCE_DATE_EPOCH=src\nFROM scratch AS src\nADD ${url} /\n${tells}`,
  });
  assert.deepEqual(await build(sandbox, [stage]), expected);
  // Nothing was asked for: only a reproducible image takes it.
  assert.deepEqual(await build(sandbox, [url]), { created: undefined, seen: "" });
  assert.deepEqual(await build(sandbox, ["--reproducible", url]), { created: commitSeconds, seen: "" });
});

interface LayoutDocument {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly created?: string;
  readonly layers?: readonly {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

test("outputs have times of their own: rewrite-timestamp, source-date-epoch", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nCOPY a /\nRUN touch -d 1990-01-01 /old; touch /new\n",
    a: "",
  });
  const outputs = {
    plain: "",
    none: ",rewrite-timestamp=true,source-date-epoch=",
    own: ",source-date-epoch=5",
    rewritten: ",rewrite-timestamp=true",
    both: ",rewrite-timestamp=true,source-date-epoch=1000000000",
  };
  const options = Object.entries(outputs).flatMap(([name, rest]) => [
    "--output",
    `type=oci,tar=false,compression=uncompressed,dest=${sandbox.path(name)}${rest}`,
  ]);
  const env = { SOURCE_DATE_EPOCH: "1500000000" };
  const { code, stderr } = await sandbox.tsbuild(["build", ...options, context], { env });
  assert.equal(code, 0, stderr);
  const found = Object.keys(outputs).map((name) => {
    const read = (path: string): LayoutDocument =>
      JSON.parse(readFileSync(sandbox.path(name, path), "utf8")) as LayoutDocument;
    const blob = (digest = ""): string => `blobs/${digest.replace(":", "/")}`;
    const manifest = read(blob(read("index.json").manifests?.[0]?.digest));
    const created = Date.parse(read(blob(manifest.config?.digest)).created ?? "") / 1000;
    const last = manifest.layers?.at(-1);
    const listing = execFileSync("tar", [
      "--full-time",
      "--utc",
      "-tvf",
      sandbox.path(name, blob(last?.digest)),
    ]).toString();
    const yearOf = (file: string): string | undefined =>
      new RegExp(` (\\d{4})-\\S+ \\S+ ${file}$`, "m").exec(listing)?.[1];
    const noted = manifest.layers?.map(({ annotations }) => annotations?.["buildkit/rewritten-timestamp"]);
    return [name, created, noted, yearOf("old"), yearOf("new")];
  });
  const year = String(new Date().getUTCFullYear());
  const not = [undefined, undefined, undefined];
  assert.deepEqual(found, [
    ["plain", 1_500_000_000, not, "1990", year],
    // As in BuildKit: what the build was given dates the image all the same.
    ["none", 1_500_000_000, not, "1990", year],
    ["own", 5, not, "1990", year],
    ["rewritten", 1_500_000_000, [undefined, "1500000000", "1500000000"], "1990", "2017"],
    ["both", 1_000_000_000, [undefined, "1000000000", "1000000000"], "1990", "2001"],
  ]);
});

test("files that are exported have the time of the build, or of the output", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nCOPY a /sub/\n", a: "" });
  let builds = 0;
  const yearsOf = async (rest: string): Promise<readonly (string | undefined)[]> => {
    const out = sandbox.path(`out-${builds++}`);
    const archive = `${out}.tar`;
    const outputs = [`type=local,dest=${out}${rest}`, `type=tar,dest=${archive}${rest}`];
    const { code, stderr } = await sandbox.tsbuild(
      ["build", ...outputs.flatMap((output) => ["--output", output]), context],
      { env: { SOURCE_DATE_EPOCH: "1000000000" } },
    );
    assert.equal(code, 0, stderr);
    const local = ["bin", "bin/busybox", "sub/a"].map((path) =>
      String(lstatSync(`${out}/${path}`).mtime.getUTCFullYear()),
    );
    const listing = execFileSync("tar", ["--full-time", "--utc", "-tvf", archive]).toString();
    const years = [...listing.matchAll(/ (\d{4})-\d\d-\d\d /g)].map(([, year]) => year);
    return [...new Set([...local, ...years])];
  };
  assert.deepEqual(await yearsOf(""), ["2001"]);
  assert.deepEqual(await yearsOf(",source-date-epoch=5"), ["1970"]);
  assert.notDeepEqual(await yearsOf(",source-date-epoch="), ["2001"]);
});
