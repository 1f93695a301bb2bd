import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { layer, putImage } from "../../testing/store-image.ts";
import { temporaryDirectory, testOptions } from "../../testing/temporary-store.ts";
import { digestOf } from "../digest.ts";
import { openStore } from "./open-store.ts";
import { planPrune, prune } from "./prune.ts";

test("read-only file system: the store opens for reading by itself, and every write says why it fails", async () => {
  using directory = temporaryDirectory();
  const disk = join(directory.path, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", disk]);
  try {
    const root = join(disk, "store");
    {
      await using store = openStore(root, testOptions);
      await putImage(store, "image", ["one"]);
      store.records.put("key", "{}", ["image0"]);
    }
    execFileSync("mount", ["-o", "remount,ro", disk]);
    await using store = openStore(root, testOptions);
    assert.equal(store.readOnly, true);
    assert.equal(store.images.list().length, 1);
    assert.equal(store.records.get("key"), "{}");
    assert.equal(store.layers.get("image0")?.diffId, digestOf("one"));
    assert.equal(store.blobs.read(digestOf("one"), 10).toString(), "one");
    await using lease = await store.lease("reader");
    lease.add(digestOf("one"));
    assert.equal(planPrune(store, { all: true }).records.length, 1);
    for (const write of [
      () => prune(store),
      () => store.layers.put(layer("new")),
      () => store.images.delete("image"),
      () => store.blobs.writer(lease),
    ])
      assert.throws(write, { code: "STORE_READ_ONLY" });
    const fresh = join(disk, "fresh");
    assert.throws(() => openStore(fresh, testOptions), { code: "STORE_READ_ONLY" });
  } finally {
    execFileSync("umount", ["-l", disk]);
  }
});
