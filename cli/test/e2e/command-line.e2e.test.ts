import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

const hello = join(import.meta.dirname, "..", "..", "..", "test-images", "hello");

describe("commands on a store with one image", () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await makeSandbox();
  });
  after(() => sandbox[Symbol.asyncDispose]());

  for (const command of [
    "build",
    "push",
    "pull",
    "images",
    "inspect",
    "tag",
    "rmi",
    "unpack",
    "bundle",
    "prune",
    "unshare",
    "version",
  ])
    test(`${command} --help shows its usage`, async () => {
      const { code, stdout } = await sandbox.tsbuild([command, "--help"]);
      assert.equal(code, 0);
      assert.ok(stdout.startsWith(`Usage: tsbuild ${command}`), stdout);
    });

  for (const [name, args, message] of [
    ["an unknown command", ["imgaes"], /unknown command "imgaes"\nHINT: did you mean tsbuild images\?/],
    ["help for an unknown command", ["help", "imgaes"], /did you mean tsbuild images\?/],
    ["an unknown option", ["images", "--quite"], /unknown option --quite\nHINT: did you mean --quiet\?/],
    ["an image that is not there", ["rmi", "busybix"], /no image busybix in .*\nHINT: did you mean busybox/],
    ["an argument too many", ["version", "now"], /takes no arguments/],
    ["no argument", ["inspect"], /needs an image/],
    ["a bad name", ["tag", "busybox", "Bad"], /must be lowercase/],
    ["a secret that is no file", ["--secret", "id=x,src=nofile", hello], /there is no file .*\/nofile/],
    ["an age that is none", ["prune", "--until", "soon"], /soon/],
    ["two archives on standard output", ["-o", "-", "-o", "type=oci", "."], /2 outputs/],
  ] as const)
    test(`refused with a hint: ${name}`, async () => {
      const { code, stderr } = await sandbox.tsbuild(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.match(stderr, /\nHINT: /);
    });

  test("the store may be named before the command", async () => {
    const env = { TSBUILD_ROOT: sandbox.path("elsewhere") };
    const { code, stdout } = await sandbox.tsbuild(["--root", sandbox.store, "images"], { env });
    assert.equal(code, 0);
    assert.match(stdout, /busybox/);
    assert.match((await sandbox.tsbuild([`--root=${sandbox.store}`, "images"], { env })).stdout, /busybox/);
  });

  for (const command of ["unpack", "bundle"])
    test(`${command} writes into a new or an empty directory only`, async () => {
      const directory = sandbox.path(command);
      mkdirSync(directory);
      assert.equal((await sandbox.tsbuild([command, "busybox", directory])).code, 0);
      const again = await sandbox.tsbuild([command, "busybox", directory]);
      assert.equal(again.code, 2);
      assert.match(again.stderr, /is not empty\nHINT: name a new or an empty directory/);
      writeFileSync(sandbox.path("file"), "");
      const onto = await sandbox.tsbuild([command, "busybox", sandbox.path("file")]);
      assert.match(onto.stderr, /is not a directory/);
      const unknown = await sandbox.tsbuild([command, "nope", sandbox.path("new")]);
      assert.equal(unknown.code, 2);
      assert.ok(!existsSync(sandbox.path("new")));
      assert.ok(!readdirSync(sandbox.directory).some((name) => name.startsWith(".tsbuild-")));
    });

  test("a base that was made here shadows the registry's name, and the log says so", async () => {
    const context = sandbox.context({ Dockerfile: "FROM busybox\nCMD a\n" });
    const { code, stderr } = await sandbox.tsbuild(["--progress", "plain", context]);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /docker\.io\/library\/busybox:latest is the image that was loaded here; --pull asks/,
    );
  });

  test("rawjson: every line that a build prints is JSON", async () => {
    const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN echo out; echo err >&2\n" });
    const { code, stderr, stdout } = await sandbox.tsbuild(["--progress", "rawjson", "-t", "raw", context]);
    assert.equal(code, 0, stderr);
    for (const line of stderr.trimEnd().split("\n")) assert.equal(typeof JSON.parse(line), "object", line);
    assert.equal(stdout, "");
  });

  for (const option of ["--metadata-file", "--iidfile"])
    test(`${option} that cannot be written is an error without a stack`, async () => {
      const { code, stderr } = await sandbox.tsbuild(["-q", option, sandbox.path("no", "x"), hello]);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /^ERROR: the image is built, but .*ENOENT.*\nHINT: .*\n$/);
    });

  test("an archive without a destination goes to standard output", async () => {
    const context = sandbox.context({ Dockerfile: "FROM busybox\nCMD a\n" });
    const { code, stdout } = await sandbox.tsbuild(["--progress", "quiet", "-o", "type=oci", context]);
    assert.equal(code, 0);
    assert.match(stdout, /^(blobs|index\.json|oci-layout)/);
  });
});
