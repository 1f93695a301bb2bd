import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { openStore, type Store } from "@tsbuild/layers";
import { amd64, assertPushed, repository, startHarness } from "../../test/harness.ts";

function open(root: string): Store {
  return openStore(root, {
    mode: "read-write",
    now: () => 0,
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
  });
}

test("a pull that was cut off goes on in the next process where it stopped, in a store on disk", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "tsbuild-registry-store-"));
  t.after(() => rmSync(root, { recursive: true }));
  await using harness = await startHarness({ client: { attempts: 1 } });
  const { client, registry, image, source, signal } = harness;
  const layer = image.layers[1];
  assert.ok(layer);
  registry.inject({ path: layer.digest, fault: { kind: "reset", afterBytes: 120_000 } });
  const resolved = await client.resolve(harness.name, amd64, { signal });
  const fetch = async (): Promise<Buffer> => {
    await using store = open(root);
    await using lease = await store.lease("test");
    await client.fetchBlob(resolved.reference, layer, { blobs: store.blobs, lease, signal });
    return readFileSync(store.blobs.pathOf(layer.digest) ?? "");
  };
  await assert.rejects(fetch(), { code: "REGISTRY_UNREACHABLE" });
  assert.deepEqual(await fetch(), source.content.get(layer.digest));
  const asked = registry.seen.filter(({ path }) => path.endsWith(layer.digest));
  assert.deepEqual(
    asked.map(({ headers }) => headers.range),
    [undefined, "bytes=120000-"],
  );
});

test("bytes that are wrong leave nothing behind in a store on disk, and what is right is pushed from it", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "tsbuild-registry-store-"));
  t.after(() => rmSync(root, { recursive: true }));
  await using harness = await startHarness();
  await using store = open(root);
  await using lease = await store.lease("test");
  const { blobs } = store;
  const { client, registry, image, source, signal } = harness;
  const resolved = await client.resolve(harness.name, amd64, { signal });
  registry.inject({ path: "/blobs/", fault: { kind: "corrupt" } });
  const fetched = client.fetchBlob(resolved.reference, resolved.config, { blobs, lease, signal });
  await assert.rejects(fetched, { code: "BLOB_MISMATCH" });
  assert.deepEqual([...blobs.list()], []);

  for (const blob of [resolved.config, ...resolved.layers])
    await client.fetchBlob(resolved.reference, blob, { blobs, lease, signal });
  await blobs.put(source.read(image.manifest.digest, 1e6), image.manifest, lease);
  registry.content.repository(repository).blobs.clear();
  registry.content.repository(repository).tags.clear();
  await client.push(harness.name, image.manifest, { blobs, signal });
  assertPushed(harness);
});

test("a blob that two want at once is fetched once", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "tsbuild-registry-store-"));
  t.after(() => rmSync(root, { recursive: true }));
  await using harness = await startHarness();
  await using store = open(root);
  await using lease = await store.lease("test");
  const { client, registry, signal } = harness;
  const { reference, config } = await client.resolve(harness.name, amd64, { signal });
  const fetch = (): Promise<void> =>
    client.fetchBlob(reference, config, { blobs: store.blobs, lease, signal });
  await Promise.all([fetch(), fetch(), fetch()]);
  assert.equal(registry.seen.filter(({ path }) => path.endsWith(config.digest)).length, 1);
});
