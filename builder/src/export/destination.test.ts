import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { writeDestination, writeStream } from "./destination.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tsbuild-destination-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const options = { signal: new AbortController().signal, randomHex: (bytes: number) => "a".repeat(bytes * 2) };

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test("a stream becomes a file, and takes the place of what was there", async () => {
  const path = join(directory, "f");
  writeFileSync(path, "what was there before, and longer");
  await writeStream(chunks("a", "bc"), path, options);
  assert.equal(readFileSync(path, "utf8"), "abc");
  assert.deepEqual(readdirSync(directory), ["f"]);
});

test("a failure leaves what was there and no temporary file", async () => {
  const path = join(directory, "f");
  writeFileSync(path, "before");
  const failing = writeDestination(
    path,
    async (destination) => {
      destination.write(Buffer.from("half"));
      throw new Error("broken");
    },
    options,
  );
  await assert.rejects(failing, { message: "broken" });
  assert.equal(readFileSync(path, "utf8"), "before");
  assert.deepEqual(readdirSync(directory), ["f"]);
});

test("a cancelled stream stops with the signal's reason and leaves nothing", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let count = 0; ; count++) {
      if (count === 3) controller.abort(reason);
      yield Buffer.from("x");
    }
  }
  const writing = writeStream(endless(), join(directory, "f"), { ...options, signal: controller.signal });
  await assert.rejects(writing, reason);
  assert.deepEqual(readdirSync(directory), []);
});

test("a link is replaced, not followed", async () => {
  const outside = join(directory, "outside");
  writeFileSync(outside, "outside");
  symlinkSync(outside, join(directory, "link"));
  await writeStream(chunks("new"), join(directory, "link"), options);
  assert.equal(readFileSync(outside, "utf8"), "outside");
  assert.equal(readFileSync(join(directory, "link"), "utf8"), "new");
});

test("a pipe is written as it is", async () => {
  const path = join(directory, "pipe");
  spawnSync("mkfifo", [path]);
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const reading = readFile(path, "utf8");
  await writeStream(chunks("through ", "the pipe"), path, options);
  assert.equal(await reading, "through the pipe");
});

for (const [what, path] of [
  ["a missing directory", "missing/f"],
  ["a directory", "d"],
] as const)
  test(`${what} is an error that names the destination`, async () => {
    mkdirSync(join(directory, "d"));
    const destination = join(directory, path);
    await assert.rejects(
      writeStream(chunks("a"), destination, options),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "EXPORT_FAILED");
        assert.ok(error.message.includes(destination));
        return true;
      },
    );
    assert.deepEqual(readdirSync(directory), ["d"]);
  });
