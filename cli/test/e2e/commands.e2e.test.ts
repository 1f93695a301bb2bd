import assert from "node:assert/strict";
import { statSync, truncateSync } from "node:fs";
import { test } from "node:test";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

async function ok(sandbox: Sandbox, args: readonly string[], store?: string): Promise<string> {
  const result = await sandbox.tsbuild(args, store === undefined ? {} : { store });
  assert.equal(result.code, 0, `${args.join(" ")}: ${result.stderr}`);
  return result.stdout;
}

async function builtApp(sandbox: Sandbox): Promise<void> {
  const context = sandbox.context({
    Dockerfile: 'FROM busybox\nRUN echo one > /one\nENV A=1\nCMD ["cat", "/one"]\n',
  });
  await ok(sandbox, ["-q", "-t", "app:1", context]);
}

test("history lists steps, the newest first, with the sizes of their layers", async () => {
  await using sandbox = await makeSandbox();
  await builtApp(sandbox);
  const steps = (await ok(sandbox, ["history", "--json", "app:1"]))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { createdBy: string; size?: number });
  assert.deepEqual(
    steps.map(({ createdBy, size }) => [createdBy, size !== undefined]),
    [
      ['CMD ["cat" "/one"]', false],
      ["ENV A=1", false],
      ["RUN /bin/sh -c echo one > /one # buildkit", true],
      ["busybox", true],
    ],
  );
  assert.match(await ok(sandbox, ["history", "app:1"]), /^CREATED +CREATED BY +SIZE +COMMENT\n/);
});

for (const format of ["docker", "oci"] as const)
  test(`an image saved as ${format} and loaded elsewhere is the same image`, async () => {
    await using sandbox = await makeSandbox();
    await builtApp(sandbox);
    const file = sandbox.path("saved.tar");
    await ok(sandbox, ["save", "--format", format, "-o", file, "app:1"]);
    const other = sandbox.path("other");
    assert.match(await ok(sandbox, ["load", "-i", file], other), /Loaded image: app:1/);
    const ids = ["images", "-q", "--no-trunc", "app:1"];
    assert.equal(await ok(sandbox, ids, other), await ok(sandbox, ids));
  });

test("load refuses a damaged archive and leaves no image", async () => {
  await using sandbox = await makeSandbox();
  await builtApp(sandbox);
  const file = sandbox.path("saved.tar");
  await ok(sandbox, ["save", "-o", file, "app:1"]);
  truncateSync(file, statSync(file).size / 2);
  const other = sandbox.path("other");
  const result = await sandbox.tsbuild(["load", "-i", file], { store: other });
  assert.equal(result.code, 4, result.stderr);
  assert.equal(await ok(sandbox, ["images", "-q"], other), "");
});

test("du counts, prune frees what no image needs, and the image still works", async () => {
  await using sandbox = await makeSandbox();
  await builtApp(sandbox);
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M count=3\n",
  });
  await ok(sandbox, ["-q", "-t", "gone", context]);
  await ok(sandbox, ["rmi", "gone"]);
  const usage = (): Promise<{ reclaimableBytes: number; images: number }> =>
    ok(sandbox, ["du", "--json"]).then(
      (text) => JSON.parse(text) as { reclaimableBytes: number; images: number },
    );
  const before = await usage();
  assert.equal(before.images, 2);
  assert.ok(before.reclaimableBytes > 3 << 20, JSON.stringify(before));
  await ok(sandbox, ["prune"]);
  assert.ok((await usage()).reclaimableBytes < 1 << 20);
  const again = sandbox.context({ Dockerfile: "FROM app:1\nRUN cat /one\n" });
  await ok(sandbox, ["-q", again]);
});

test("--no-cache-filter runs the steps of one stage again", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM busybox AS a\nRUN echo marker-a > /a\nFROM busybox AS b\nCOPY --from=a /a /a\nRUN echo marker-b\n",
  });
  await ok(sandbox, ["-q", context]);
  const again = await sandbox.tsbuild(["--progress", "plain", "--no-cache-filter", "B", context]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /\d marker-b/);
  assert.match(again.stderr, /\[a 2\/2\] RUN echo marker-a > \/a\n#\d+ CACHED/);
});

for (const [name, args, says] of [
  ["an image nobody has, with a guess", ["inspect", "ap:1"], /did you mean app:1\?/],
  ["a command nobody has, with a guess", ["imagse"], /did you mean tsbuild images\?/],
  ["too few arguments", ["tag", "app:1"], /tag needs an image and a name/],
  ["a format nobody has", ["save", "--format", "rar", "app:1"], /there are docker, oci/],
] as const)
  test(`refused: ${name}`, async () => {
    await using sandbox = await makeSandbox();
    await builtApp(sandbox);
    const result = await sandbox.tsbuild(args);
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, says);
  });

test("every command explains itself", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const overview = await ok(sandbox, ["--help"]);
  const names = [...overview.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name ?? "");
  assert.ok(names.length >= 15, overview);
  for (const name of names)
    assert.match(await ok(sandbox, [name, "--help"]), new RegExp(`^Usage: tsbuild ${name}`));
});
