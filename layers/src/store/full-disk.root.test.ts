import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory, testOptions } from "../../testing/temporary-store.ts";
import { digestOf } from "../digest.ts";
import { openStore } from "./open-store.ts";

const mediaType = "application/octet-stream";

/** A file system of so many KiB, and of so many files. */
function smallDisk(kib: number, options = ""): { readonly path: string } & Disposable {
  const directory = temporaryDirectory();
  const path = join(directory.path, "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k${options}`, "tmpfs", path]);
  return {
    path,
    [Symbol.dispose]() {
      execFileSync("umount", ["-l", path]);
      directory[Symbol.dispose]();
    },
  };
}

test("full disk: the error names the file system and the bytes, and frees what was written", async () => {
  using disk = smallDisk(1024);
  await using store = openStore(join(disk.path, "store"), testOptions);
  await using lease = await store.lease("test");
  const put = store.blobs.put(Buffer.alloc(3 << 20), { mediaType }, lease);
  await assert.rejects(put, (error: Error & { code: string }) => {
    assert.equal(error.code, "STORE_FULL");
    assert.match(
      error.message,
      new RegExp(`mounted at ${disk.path} is full: 3145728 more bytes are needed, [0-9]+ are free`),
    );
    return true;
  });
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
  const { digest } = await store.blobs.put(Buffer.from("small"), { mediaType }, lease);
  assert.equal(store.blobs.read(digest, 10).toString(), "small");
});

test("full disk: an interrupted download gives its space back", async () => {
  using disk = smallDisk(1024);
  await using store = openStore(join(disk.path, "store"), testOptions);
  await using lease = await store.lease("test");
  using writer = store.blobs.resume(digestOf("never"), lease);
  assert.throws(
    () => {
      for (let count = 0; count < 100; count++) writer?.write(Buffer.alloc(100_000));
    },
    { code: "STORE_FULL" },
  );
  assert.deepEqual(readdirSync(join(store.root, "partial")), []);
});

test("full disk: a large blob that is written on a thread says so too, and frees what was written", async () => {
  using disk = smallDisk(8 << 10);
  await using store = openStore(join(disk.path, "store"), testOptions);
  await using lease = await store.lease("test");
  const fill = (): void => {
    using writer = store.blobs.writer(lease, { expectedBytes: 1 << 30 });
    for (let count = 0; count < 100; count++) writer.write(Buffer.alloc(1 << 20));
  };
  assert.throws(fill, { code: "STORE_FULL" });
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
});

test("full disk: at whatever size everything either works or says so, and the store stays valid", async () => {
  for (let kib = 4; kib <= 512; kib += kib < 64 ? 4 : 28) {
    using disk = smallDisk(kib);
    const root = join(disk.path, "store");
    const works = await attempt(async () => {
      await using store = openStore(root, testOptions);
      await using lease = await store.lease("test");
      for (let count = 0; count < 10; count++) {
        const { digest } = await store.blobs.put(Buffer.alloc(20_000, count), { mediaType }, lease);
        store.records.put(`key ${count}`, JSON.stringify("x".repeat(5000)), [digest]);
        store.memos.put(`memo ${count}`, Buffer.alloc(5000));
      }
    });
    if (!works) await attempt(async () => checkBlobs(root));
    else await checkBlobs(root);
  }
});

test("full disk: no room for another file", async () => {
  using disk = smallDisk(1024, ",nr_inodes=30");
  const root = join(disk.path, "store");
  assert.equal(
    await attempt(async () => {
      await using store = openStore(root, testOptions);
      await using lease = await store.lease("test");
      for (let count = 0; count < 40; count++)
        await store.blobs.put(Buffer.from([count]), { mediaType }, lease);
    }),
    false,
  );
  await checkBlobs(root);
});

/** False when the disk was full; any other failure is a failure of the test. */
async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "STORE_FULL", String(error));
    return false;
  }
}

async function checkBlobs(root: string): Promise<void> {
  await using store = openStore(root, testOptions);
  for (const { digest } of store.blobs.list())
    assert.equal(digestOf(readFileSync(store.blobs.pathOf(digest) as string)), digest);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
}
