import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { layer, putImage, putText } from "../../testing/store-image.ts";
import { temporaryStore, testOptions } from "../../testing/temporary-store.ts";
import { digestOf } from "../digest.ts";
import { openStore } from "./open-store.ts";
import { cacheMountLock, planPrune, prune } from "./prune.ts";
import type { Store } from "./store.ts";

/** Closes a store, so that its session holds nothing, and opens it again. */
async function reopened(store: Store, now = 0): Promise<Store> {
  await store[Symbol.asyncDispose]();
  return openStore(store.root, { ...testOptions, now: () => now });
}

function texts(store: Store): string[] {
  return [...store.blobs.list()]
    .map(({ digest }) => store.blobs.read(digest, 10_000).toString())
    .filter((text) => !text.startsWith("{"))
    .sort();
}

function recordKeys(store: Store, keys: readonly string[]): string[] {
  return keys.filter((key) => store.records.get(key) !== undefined);
}

test("prune: what an image needs stays, the rest goes", async () => {
  await using temporary = temporaryStore();
  await putImage(temporary.store, "kept", ["one", "two"]);
  await putImage(temporary.store, "gone", ["one", "three"]);
  temporary.store.images.delete("gone");
  await using store = await reopened(temporary.store);
  const plan = planPrune(store);
  assert.deepEqual(
    plan.layers.map(({ id }) => id),
    ["gone1"],
    "an equal chain counts, whoever made it",
  );
  assert.equal(texts(store).length, 3, "a plan changes nothing");
  assert.deepEqual(prune(store), plan);
  assert.deepEqual(texts(store), ["one", "two"]);
  assert.deepEqual(readdirSync(join(store.root, "trees")).sort(), ["gone0", "kept0", "kept1"]);
  assert.equal(planPrune(store).bytes, 0, "a second one finds nothing");
});

test("prune: a record of the cache keeps its layers until it goes itself", async () => {
  await using temporary = temporaryStore();
  {
    await using lease = await temporary.store.lease("build");
    const base = await putText(temporary.store, "base", lease);
    const top = await putText(temporary.store, "top", lease);
    temporary.store.layers.put(layer("base", { tar: base, diffId: base.digest }));
    temporary.store.layers.put(layer("top", { parent: "base", tar: top, diffId: top.digest }));
    temporary.store.records.put("key", "{}", ["top"]);
  }
  await using store = await reopened(temporary.store);
  assert.equal(prune(store, { records: "keep" }).bytes, 0);
  assert.deepEqual(texts(store), ["base", "top"]);
  assert.deepEqual(prune(store).records, ["key"]);
  assert.deepEqual(texts(store), []);
});

test("prune: records whose layers an image uses go only with all", async () => {
  await using temporary = temporaryStore();
  await putImage(temporary.store, "image", ["one"]);
  temporary.store.records.put("used", "{}", ["image0"]);
  temporary.store.records.put("unused", "{}", ["elsewhere"]);
  await using store = await reopened(temporary.store);
  assert.deepEqual(prune(store).records, ["unused"]);
  assert.deepEqual(prune(store, { all: true }).records, ["used"]);
  assert.deepEqual(texts(store), ["one"]);
});

test("prune: until spares what was used since", async () => {
  await using temporary = temporaryStore({ now: () => 1_000 });
  for (const key of ["old", "touched"]) temporary.store.records.put(key, "{}", []);
  const later = await reopened(temporary.store, 500_000);
  later.records.get("touched");
  await using store = await reopened(later, 500_000);
  assert.deepEqual(prune(store, { until: 400_000 }).records, ["old"]);
  assert.deepEqual(recordKeys(store, ["old", "touched"]), ["touched"]);
});

test("prune: keepBytes removes the least recently used first, and no more than needed", async () => {
  await using temporary = temporaryStore();
  let now = 0;
  const filling = openStore(temporary.store.root, { ...testOptions, now: () => now });
  {
    await using lease = await filling.lease("build");
    for (const name of ["a", "b", "c"]) {
      const tar = await putText(filling, name.repeat(100), lease);
      filling.layers.put(layer(name, { tar, diffId: tar.digest }));
      now += 1;
      filling.records.put(name, "{}", [name]);
    }
  }
  await using store = await reopened(filling);
  assert.deepEqual(planPrune(store, { keepBytes: 300 }).records, []);
  assert.deepEqual(planPrune(store, { keepBytes: 299 }).records, ["a"]);
  assert.deepEqual(prune(store, { keepBytes: 100 }).records, ["a", "b"]);
  assert.deepEqual(texts(store), ["c".repeat(100)]);
});

test("prune: what a live lease holds stays, whoever prunes", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await using other = openStore(store.root, testOptions);
  const lease = await store.lease("build");
  await putText(store, "held", lease);
  store.layers.put(layer("aa", { hasTree: true }));
  mkdirSync(store.treePath("bb"));
  assert.equal(prune(other, { all: true }).bytes, 0);
  assert.deepEqual(texts(other), ["held"]);
  assert.ok(store.layers.get("aa"));
  await lease[Symbol.asyncDispose]();
  prune(other, { all: true });
  assert.deepEqual(texts(other), []);
  assert.ok(existsSync(join(store.root, "trees", "bb")), "layers are held until the store is closed");
  await store[Symbol.asyncDispose]();
  prune(other);
  assert.deepEqual(readdirSync(join(store.root, "trees")), []);
});

test("prune: compressed forms live as long as their layer", async () => {
  await using temporary = temporaryStore();
  await putImage(temporary.store, "image", ["one"]);
  {
    await using lease = await temporary.store.lease("push");
    const blob = await putText(temporary.store, "compressed", lease);
    temporary.store.layers.putCompressed(digestOf("one"), "gzip:6", blob);
  }
  const store = await reopened(temporary.store);
  prune(store);
  assert.deepEqual(texts(store), ["compressed", "one"]);
  store.images.delete("image");
  await using again = await reopened(store);
  prune(again);
  assert.deepEqual(texts(again), []);
  assert.equal(again.layers.getCompressed(digestOf("one"), "gzip:6"), undefined);
});

test("prune: damaged blobs, abandoned downloads and unknown trees go", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  {
    await using lease = await store.lease("pull");
    const { digest } = await putText(store, "text", lease);
    writeFileSync(store.blobs.pathOf(digest) as string, "nope");
    assert.throws(() => store.blobs.read(digest, 100));
    using download = store.blobs.resume(digestOf("never"), lease);
    download?.write(Buffer.from("some"));
  }
  mkdirSync(join(store.root, "trees", "unknown", "deep"), { recursive: true });
  await using lease = await store.lease("pull");
  using running = store.blobs.resume(digestOf("running"), lease);
  assert.equal(prune(store).leftovers.length, 3);
  assert.ok(running);
  for (const [directory, left] of [
    ["quarantine", 0],
    ["partial", 1],
    ["trees", 0],
  ] as const)
    assert.equal(readdirSync(join(store.root, directory)).length, left, directory);
});

test("prune: cache mounts go with all, unless they are mounted", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  for (const name of ["idle", "busy"]) mkdirSync(join(store.cacheMountsPath(), name));
  using _ = await store.lock(cacheMountLock("busy"), "shared");
  assert.equal(prune(store).leftovers.length, 0);
  prune(store, { all: true });
  assert.deepEqual(readdirSync(store.cacheMountsPath()), ["busy"]);
});

test("prune: names in a tree that are not UTF-8 are measured and removed", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const tree = Buffer.from(join(store.root, "trees", "odd"));
  mkdirSync(tree);
  writeFileSync(Buffer.concat([tree, Buffer.from([0x2f, 0xff, 0xfe])]), "x".repeat(5000));
  const plan = prune(store);
  assert.ok(plan.bytes >= 5000);
  assert.deepEqual(readdirSync(join(store.root, "trees")), []);
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
});

test("prune: lock files that nobody holds go, and a lock that is waited for works on", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  (await store.lock("idle", "exclusive"))[Symbol.dispose]();
  const held = await store.lock("held", "exclusive");
  prune(store);
  const waiting = store.lock("held", "exclusive");
  const locks = readdirSync(join(store.root, "locks")).filter((name) => name.length === 64);
  assert.equal(locks.length, 1);
  held[Symbol.dispose]();
  prune(store);
  using _ = await waiting;
  await assert.rejects(store.lock("held", "exclusive", AbortSignal.timeout(20)), { name: "TimeoutError" });
});
