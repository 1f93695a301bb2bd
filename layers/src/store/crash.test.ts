import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryStore, testOptions } from "../../testing/temporary-store.ts";
import { digestOf } from "../digest.ts";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";

/** Puts blobs, names and layers as fast as it can; the first argument tells the processes apart. */
const writerScript = `
  import { openStore } from ${JSON.stringify(join(import.meta.dirname, "open-store.ts"))};
  import { testOptions } from ${JSON.stringify(join(import.meta.dirname, "../../testing/temporary-store.ts"))};
  const [root, name, rounds] = process.argv.slice(1);
  await using store = openStore(root, testOptions);
  await using lease = await store.lease("writer");
  for (let round = 0; round < Number(rounds); round++) {
    const bytes = Buffer.alloc(200_000, name + " " + round);
    const manifest = await store.blobs.put(bytes, { mediaType: "a/b" }, lease);
    const shared = await store.blobs.put(Buffer.alloc(300_000, "shared " + (round % 7)), { mediaType: "a/b" }, lease);
    store.images.put({ name: name + round % 3, manifest, id: shared.digest, platform: { os: "linux", architecture: "amd64" },
      size: round, createdMs: 0, origin: "built" });
    store.records.put(name + round, "{}", [name]);
    if (round === 0) process.stdout.write("started\\n");
  }`;

function startWriter(root: string, name: string, rounds: number): ChildProcess {
  const args = ["--input-type=module-typescript", "-e", writerScript, root, name, String(rounds)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Every blob has its digest, index.json is whole and names what the table names, and nothing is left over. */
function checkStore(store: Store): void {
  for (const { digest, size } of store.blobs.list()) {
    assert.equal(digestOf(readFileSync(store.blobs.pathOf(digest) as string)), digest);
    assert.ok(size > 0);
  }
  const index = JSON.parse(readFileSync(join(store.root, "index.json"), "utf8")) as { manifests: unknown[] };
  assert.equal(index.manifests.length, store.images.list().length);
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
  assert.deepEqual(readdirSync(join(store.root, "quarantine")), []);
}

test("store: forty killed writers leave no torn blob and nothing to clean up", async () => {
  await using temporary = temporaryStore();
  const { root } = temporary.store;
  for (let round = 0; round < 8; round++)
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (number) => {
        const child = startWriter(root, `r${round}w${number}`, 1_000_000);
        await once(child.stdout as NodeJS.ReadableStream, "data");
        await delay(round * 3 + number);
        child.kill("SIGKILL");
        await once(child, "exit");
      }),
    );
  await using store = openStore(root, testOptions);
  assert.ok([...store.blobs.list()].length >= 40);
  checkStore(store);
  assert.ok(readdirSync(join(root, "locks", "leases")).length <= 1, "at most the session that just swept");
});

test("store: several processes write at once and lose nothing", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const rounds = 30;
  const writers = ["a", "b", "c", "d"].map((name) => startWriter(store.root, name, rounds));
  for (const child of writers) {
    child.stdout?.resume();
    if (child.exitCode === null) await once(child, "exit");
    assert.equal(child.exitCode, 0);
  }
  assert.equal([...store.blobs.list()].length, 4 * rounds + 7);
  assert.equal(store.records.count(), 4 * rounds);
  assert.deepEqual(
    store.images.list().map(({ name }) => name),
    ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2", "d0", "d1", "d2"],
  );
  checkStore(store);
});
