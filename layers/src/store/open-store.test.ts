import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { putImage } from "../../testing/store-image.ts";
import { temporaryDirectory, temporaryStore, testOptions } from "../../testing/temporary-store.ts";
import { mediaTypes } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { openStore } from "./open-store.ts";
import type { ImageRecord, LayerRecord } from "./store.ts";

const image: ImageRecord = {
  name: "docker.io/library/app:latest",
  manifest: { mediaType: mediaTypes.ociManifest, digest: digestOf("manifest"), size: 8 },
  id: digestOf("config"),
  platform: { os: "linux", architecture: "amd64" },
  size: 10,
  createdMs: 5,
  origin: "built",
};

const layer: LayerRecord = {
  id: "aa",
  parent: undefined,
  diffId: digestOf("tar"),
  tar: undefined,
  hasTree: true,
  treeBoot: undefined,
  hasIndex: false,
  original: undefined,
  createdMs: 1,
};

test("store: a new one is an OCI layout that only its owner can enter", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  assert.equal(statSync(store.root).mode & 0o777, 0o700);
  assert.deepEqual(JSON.parse(readFileSync(join(store.root, "oci-layout"), "utf8")), {
    imageLayoutVersion: "1.0.0",
  });
  store.images.put(image);
  const index = JSON.parse(readFileSync(join(store.root, "index.json"), "utf8")) as { manifests: unknown };
  assert.deepEqual(index.manifests, [
    {
      ...image.manifest,
      annotations: {
        "io.containerd.image.name": image.name,
        "org.opencontainers.image.ref.name": image.name,
      },
      platform: image.platform,
    },
  ]);
});

test("store: what was written is there for the next process", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  store.images.put(image);
  store.layers.put(layer);
  store.records.put("key", '{"a":1}', ["aa"]);
  store.memos.put("memo", Buffer.from([0, 255]));
  store.layers.putCompressed(digestOf("tar"), "gzip:6", image.manifest);
  await store[Symbol.asyncDispose]();
  await using again = openStore(store.root, testOptions);
  assert.deepEqual(again.images.get(image.name), image);
  assert.deepEqual(again.images.findById(image.id.slice(0, 20)), [image]);
  assert.deepEqual(again.images.findById("%"), []);
  assert.deepEqual(again.layers.get("aa"), layer);
  assert.deepEqual(again.layers.find(undefined, digestOf("tar")), layer);
  assert.equal(again.layers.find("other", digestOf("tar")), undefined);
  assert.deepEqual(again.layers.getCompressed(digestOf("tar"), "gzip:6"), image.manifest);
  assert.equal(again.records.get("key"), '{"a":1}');
  assert.equal(again.records.count(), 1);
  assert.deepEqual(again.memos.get("memo"), Buffer.from([0, 255]));
  again.layers.delete("aa");
  again.records.delete("key");
  assert.deepEqual([again.layers.list(), again.records.get("key")], [[], undefined]);
});

for (const [name, prepare, code] of [
  ["a newer version", (root: string) => writeFileSync(join(root, "version"), "2\n"), "STORE_VERSION"],
  ["an older version", (root: string) => writeFileSync(join(root, "version"), "0\n"), "STORE_VERSION"],
  ["an empty version file", (root: string) => writeFileSync(join(root, "version"), ""), "STORE_VERSION"],
  [
    "a directory of something else",
    (root: string) => writeFileSync(join(root, "notes.txt"), ""),
    "STORE_VERSION",
  ],
  ["a version file that is a directory", (root: string) => mkdirSync(join(root, "version")), "STORE_IO"],
] as const)
  test(`store: refused and left alone is ${name}`, () => {
    using directory = temporaryDirectory();
    prepare(directory.path);
    const before = readdirSync(directory.path);
    assert.throws(() => openStore(directory.path, testOptions), { code });
    assert.deepEqual(readdirSync(directory.path), before);
  });

test("store: an index of another version is refused", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  store.records.put("key", "{}", []);
  await store[Symbol.asyncDispose]();
  const sqlite = process.getBuiltinModule("node:sqlite");
  const database = new sqlite.DatabaseSync(join(store.root, "index.db"));
  database.exec("PRAGMA user_version = 7");
  database.close();
  await using again = openStore(store.root, testOptions);
  assert.throws(() => again.records.get("key"), { code: "STORE_VERSION" });
});

test("store: a damaged index is said to be so, and without it images come back from index.json", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const id = await putImage(store, "image", ["one"]);
  store.images.put({ ...image, name: "gone" });
  await store[Symbol.asyncDispose]();
  writeFileSync(join(store.root, "index.db"), "this is no database, whatever its name says ".repeat(100));
  await using damaged = openStore(store.root, testOptions);
  assert.throws(() => damaged.images.list(), { code: "STORE_DAMAGED" });
  for (const name of ["index.db", "index.db-wal", "index.db-shm"])
    rmSync(join(store.root, name), { force: true });
  await using again = openStore(store.root, testOptions);
  assert.deepEqual(
    again.images.list().map((found) => [found.name, found.id]),
    [["image", id]],
    "of an image without its blobs nothing comes back",
  );
});

test("store: opened for reading it shows everything and changes nothing", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await using lease = await store.lease("test");
  const { digest } = await store.blobs.put(Buffer.from("text"), { mediaType: "a/b" }, lease);
  store.images.put(image);
  store.layers.put(layer);
  await using reading = openStore(store.root, { ...testOptions, mode: "read-only" });
  assert.equal(reading.readOnly, true);
  assert.deepEqual(reading.images.list(), [image]);
  assert.deepEqual(reading.layers.get("aa"), layer);
  assert.equal(reading.blobs.read(digest, 10).toString(), "text");
  await using idle = await reading.lease("reader");
  assert.equal((await reading.blobs.put(Buffer.from("text"), { mediaType: "a/b" }, idle)).digest, digest);
  using _ = await reading.lock("name", "exclusive");
  for (const write of [
    () => reading.blobs.writer(idle),
    () => reading.blobs.resume(digest, idle),
    () => reading.images.put({ ...image, name: "other" }),
    () => reading.records.put("key", "{}", []),
    () => reading.temporaryDirectory("x"),
  ])
    assert.throws(write, { code: "STORE_READ_ONLY" });
  await assert.rejects(reading.blobs.put(Buffer.from("new"), { mediaType: "a/b" }, idle), {
    code: "STORE_READ_ONLY",
  });
});

test("store: opened for reading it must be there", () => {
  using directory = temporaryDirectory();
  const root = join(directory.path, "none");
  assert.throws(() => openStore(root, { ...testOptions, mode: "read-only" }), { code: "STORE_MISSING" });
  assert.equal(existsSync(root), false);
});

test("store: a new one opened for reading has empty tables", async () => {
  await using temporary = temporaryStore();
  await using reading = openStore(temporary.store.root, { ...testOptions, mode: "read-only" });
  assert.deepEqual([reading.images.list(), reading.records.count()], [[], 0]);
  assert.equal(existsSync(join(reading.root, "index.db")), false);
});

test("store: a lock waits for whoever holds it, and gives up when asked to", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const first = await store.lock("name", "exclusive");
  using _other = await store.lock("another", "exclusive");
  await assert.rejects(store.lock("name", "shared", AbortSignal.timeout(20)), { name: "TimeoutError" });
  const waiting = store.lock("name", "exclusive");
  first[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
  using _one = await store.lock("name", "shared");
  using _two = await store.lock("name", "shared");
});

/** Runs a script that leaves a store without closing it. */
function abandon(root: string, script: string): void {
  const source = `
    import { mkdirSync, writeFileSync } from "node:fs";
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, "open-store.ts"))};
    import { testOptions } from ${JSON.stringify(join(import.meta.dirname, "../../testing/temporary-store.ts"))};
    const store = openStore(${JSON.stringify(root)}, testOptions);
    ${script}
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", source]);
  assert.equal(signal, "SIGKILL", stderr.toString());
}

test("store: what a killed process left is gone at the next open, and nothing else", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  const mine = store.temporaryDirectory("mine");
  abandon(
    store.root,
    `store.temporaryDirectory("left");
     store.blobs.writer(await store.lease("build")).write(Buffer.from("left"));
     mkdirSync(store.treePath("unfinished") + "/sub", { recursive: true });
     mkdirSync(store.treePath("finished"));
     const layer = ${JSON.stringify({ ...layer, id: "finished" })};
     store.layers.put(layer);`,
  );
  assert.ok(readdirSync(join(store.root, "tmp")).length > 1);
  await openStore(store.root, testOptions)[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(join(store.root, "tmp")), [mine.slice(mine.lastIndexOf("/") + 1)]);
  assert.deepEqual(readdirSync(join(store.root, "trees")), ["finished"]);
  assert.equal(readdirSync(join(store.root, "locks", "leases")).length, 1);
});

test("store: closing it leaves no lease and no temporary file", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await store.lease("never ended");
  store.layers.put(layer);
  await store[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(join(store.root, "locks", "leases")), []);
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
});
