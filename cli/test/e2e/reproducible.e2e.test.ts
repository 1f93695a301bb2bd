import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeSandbox, type RunOptions, type Sandbox } from "./sandbox.ts";

const dockerfile = `FROM busybox AS build
WORKDIR /src
COPY . .
RUN sh -c 'cat a b > all; mkdir -p /out/x; mv all /out/x/; ln -s x /out/link; umask'
FROM busybox
COPY --from=build /out /out
RUN touch /out/z /out/a; rm -rf /tmp/none; echo done > /etc/done
CMD ["cat", "/out/x/all"]
`;

async function digest(
  sandbox: Sandbox,
  context: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const file = sandbox.path(`metadata-${Math.random().toString(16).slice(2)}.json`);
  const build = ["--reproducible", "-q", "-o", `type=oci,dest=${file}.tar`, "--metadata-file", file];
  const result = await sandbox.tsbuild([...build, ...args, context], options);
  assert.equal(result.code, 0, result.stderr);
  return (
    (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>)["containerimage.digest"] ?? "none"
  );
}

test("--reproducible: the digest depends on nothing but the inputs", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: dockerfile, a: "1\n", b: "2\n" });
  const want = await digest(sandbox, context, []);
  assert.match(want, /^sha256:/);
  for (const [name, args, options] of [
    ["all steps again", ["--no-cache"], {}],
    [
      "another zone and language",
      ["--no-cache"],
      { env: { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" } },
    ],
    ["one step at a time", ["--no-cache", "--jobs", "1"], {}],
    ["another snapshotter", ["--no-cache", "--snapshotter", "copy"], {}],
  ] as const)
    assert.equal(await digest(sandbox, context, args, options), want, name);
  const then = new Date("2001-02-03T04:05:06Z");
  for (const file of ["a", "b"]) utimesSync(join(context, file), then, then);
  assert.equal(await digest(sandbox, context, ["--no-cache"]), want, "other times in the context");
});

test("--reproducible: what filled the cache does not matter", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: dockerfile, a: "1\n", b: "2\n" });
  const plain = await sandbox.tsbuild(["-t", "plain", context]);
  assert.equal(plain.code, 0, plain.stderr);
  const fromCache = await digest(sandbox, context, []);
  assert.equal(await digest(sandbox, context, ["--no-cache"]), fromCache);
});

interface Json {
  readonly manifests: readonly { readonly digest: string }[];
  readonly layers: readonly { readonly digest: string }[];
}

test("SOURCE_DATE_EPOCH is the date of what WORKDIR makes, and of nothing else", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nRUN touch /old\nWORKDIR /w\nRUN touch /new\n",
  });
  const yearsOf = async (env: Record<string, string>): Promise<readonly string[]> => {
    // The layers themselves: a directory or a tar of the result dates every file.
    const output = sandbox.path("years");
    const to = `type=oci,dest=${output},tar=false,compression=uncompressed`;
    const { code, stderr } = await sandbox.tsbuild(["-o", to, context], { env });
    assert.equal(code, 0, stderr);
    const read = (digest: string): string => join(output, "blobs/sha256", digest.slice("sha256:".length));
    const json = (path: string): Json => JSON.parse(readFileSync(path, "utf8")) as Json;
    const [manifest] = json(join(output, "index.json")).manifests;
    const { layers } = json(read(manifest?.digest ?? ""));
    const listed = layers
      .slice(1)
      .map(({ digest }) => execFileSync("tar", ["--full-time", "-tvf", read(digest)]));
    const lines = listed.flatMap((text) => text.toString().split("\n"));
    return lines.flatMap((line) => / (\d{4})-.* (\S+)$/.exec(line)?.slice(1).join(" ") ?? []);
  };
  const now = String(new Date().getFullYear());
  const dated = [`${now} old`, "2001 w/", `${now} new`];
  assert.deepEqual(await yearsOf({ SOURCE_DATE_EPOCH: "1000000000" }), dated);
  assert.deepEqual(await yearsOf({}), [`${now} old`, `${now} w/`, `${now} new`], "the cache has other times");
});

test("SOURCE_DATE_EPOCH is the date of the image", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN touch /new\n" });
  const env = { SOURCE_DATE_EPOCH: "1700000000" };
  const { code, stderr } = await sandbox.tsbuild(["--reproducible", "-t", "dated", context], { env });
  assert.equal(code, 0, stderr);
  const { stdout } = await sandbox.tsbuild(["inspect", "--format", "config", "dated"]);
  assert.equal((JSON.parse(stdout) as { created: string }).created, "2023-11-14T22:13:20Z");
});
