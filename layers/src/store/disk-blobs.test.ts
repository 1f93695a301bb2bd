import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { blobStoreContract } from "../../testing/blob-store-contract.ts";
import { temporaryStore } from "../../testing/temporary-store.ts";
import { digestOf, hexOf } from "../digest.ts";

const mediaType = "application/octet-stream";

blobStoreContract("blobs on disk", async () => {
  const temporary = temporaryStore();
  const { store } = temporary;
  return {
    blobs: store.blobs,
    lease: () => store.lease("contract"),
    damage: (digest, bytes) => writeFileSync(join(store.root, "blobs", "sha256", hexOf(digest)), bytes),
    leftovers: () => readdirSync(join(store.root, "tmp")),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
});

for (const [name, place] of [
  ["a link", (path: string) => symlinkSync("/etc/passwd", path)],
  ["a directory", (path: string) => mkdirSync(path)],
] as const)
  test(`blobs on disk: ${name} in the place of a blob is damage, put aside and mended`, async () => {
    await using temporary = temporaryStore();
    const { store } = temporary;
    await using lease = await store.lease("test");
    const { digest } = await store.blobs.put(Buffer.from("text"), { mediaType }, lease);
    const path = join(store.root, "blobs", "sha256", hexOf(digest));
    rmSync(path);
    place(path);
    assert.equal(store.blobs.pathOf(digest), undefined);
    assert.throws(() => store.blobs.read(digest, 100), { code: "BLOB_CORRUPT" });
    assert.deepEqual(readdirSync(join(store.root, "quarantine")), [hexOf(digest)]);
    place(path);
    await store.blobs.put(Buffer.from("text"), { mediaType }, lease);
    assert.equal(store.blobs.read(digest, 100).toString(), "text");
  });

test("blobs on disk: a blob is a file of the OCI layout", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await using lease = await store.lease("test");
  const { digest } = await store.blobs.put(Buffer.from("text"), { mediaType }, lease);
  assert.equal(store.blobs.pathOf(digest), join(store.root, "blobs", "sha256", hexOf(digestOf("text"))));
});
