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
import { prune } from "./prune.ts";
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

function start(script: string, root: string, name: string, rounds: number): ChildProcess {
  const args = ["--input-type=module-typescript", "-e", script, root, name, String(rounds)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Makes images one after another, and looks after each round whether all of them are still whole. */
const builderScript = `
  import { openStore } from ${JSON.stringify(join(import.meta.dirname, "open-store.ts"))};
  import { collectBlobs } from ${JSON.stringify(join(import.meta.dirname, "../layout/layout-image.ts"))};
  import { putImage, putText } from ${JSON.stringify(join(import.meta.dirname, "../../testing/store-image.ts"))};
  import { testOptions } from ${JSON.stringify(join(import.meta.dirname, "../../testing/temporary-store.ts"))};
  const [root, name, rounds] = process.argv.slice(1);
  await using store = openStore(root, testOptions);
  for (let round = 0; round < Number(rounds); round++) {
    await using lease = await store.lease("build");
    const held = await putText(store, "held " + name + round, lease);
    await putImage(store, name + "-" + round + "-", ["shared", name, "round " + round % 2]);
    if (store.blobs.sizeOf(held.digest) === undefined) throw new Error("a held blob is gone");
    for (const { name: each, manifest } of store.images.list())
      for (const blob of collectBlobs(store.blobs, { names: [each], manifest }).blobs.values())
        if (store.blobs.sizeOf(blob.digest) !== blob.size) throw new Error(each + " lost " + blob.digest);
  }`;

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
        const child = start(writerScript, root, `r${round}w${number}`, 1_000_000);
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
  const writers = ["a", "b", "c", "d"].map((name) => start(writerScript, store.root, name, rounds));
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

test("store: a prune in a loop takes nothing from those who build", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const builders = ["a", "b", "c"].map((name) => start(builderScript, store.root, name, 12));
  const ended = Promise.all(builders.map((child) => once(child, "exit")));
  let prunes = 0;
  for (let running = true; running; prunes++) {
    prune(store, { all: true });
    running = await Promise.race([ended.then(() => false), delay(5, true)]);
  }
  assert.deepEqual(
    builders.map(({ exitCode }) => exitCode),
    [0, 0, 0],
  );
  assert.ok(prunes > 2);
  assert.equal(store.images.list().length, 36);
  prune(store, { all: true });
  const layers = 36 * 3;
  assert.equal(store.layers.list().length, layers);
  checkStore(store);
});
