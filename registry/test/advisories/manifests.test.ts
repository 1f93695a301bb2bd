// CVE-2021-41190 and GHSA-5j5w-g665-5m35 (one document, two readings), CVE-2020-15157 (foreign layers), tags that move,
// and documents made to be expensive.
import assert from "node:assert/strict";
import test from "node:test";
import { digestOf, mediaTypes } from "@tsbuild/layers";
import { addSampleImage, addSampleIndex, createMemoryBlobs, noLease } from "../../testing/index.ts";
import { amd64, assertPulled, type Harness, pull, repository, startHarness, store } from "../harness.ts";
import { startListener } from "../listener.ts";

/** Makes the registry answer to the tag with these bytes. */
function serve({ registry }: Harness, document: string | Buffer, mediaType: string): void {
  const bytes = Buffer.from(document);
  const digest = digestOf(bytes);
  const { manifests, tags } = registry.content.repository(repository);
  manifests.set(digest, { mediaType, bytes });
  tags.set("1", digest);
}

const descriptor = JSON.stringify({
  mediaType: mediaTypes.ociConfig,
  digest: `sha256:${"1".repeat(64)}`,
  size: 1,
});
const imageFields = `"schemaVersion":2,"config":${descriptor},"layers":[${descriptor}]`;

const refused: readonly (readonly [string, string, string])[] = [
  ["is an index and an image", `{${imageFields},"manifests":[]}`, mediaTypes.ociManifest],
  [
    "calls itself something else",
    `{${imageFields},"mediaType":"${mediaTypes.ociIndex}"}`,
    mediaTypes.ociManifest,
  ],
  ["was sent as something else", `{${imageFields}}`, mediaTypes.ociIndex],
  ["has two lists of layers", `{${imageFields},"layers":[]}`, mediaTypes.ociManifest],
  ["has lists that Go takes for one", `{${imageFields},"Layers":[]}`, mediaTypes.ociManifest],
  [
    "has a size beyond 2^53",
    `{${imageFields.replace('"size":1', '"size":9007199254740993')}}`,
    mediaTypes.ociManifest,
  ],
  ["has a negative size", `{${imageFields.replace('"size":1', '"size":-1')}}`, mediaTypes.ociManifest],
  [
    "has a digest that is a path",
    `{${imageFields.replace("sha256:1", "sha256:../1")}}`,
    mediaTypes.ociManifest,
  ],
  [
    "is of version 1",
    '{"schemaVersion":1,"fsLayers":[]}',
    "application/vnd.docker.distribution.manifest.v1+json",
  ],
  ["is no image at all", '{"schemaVersion":2}', "application/json"],
  [
    "has layers without end",
    `{"schemaVersion":2,"config":${descriptor},"layers":[${`${descriptor},`.repeat(20_000)}${descriptor}]}`,
    mediaTypes.ociManifest,
  ],
  ["is nested a million deep", `${'{"a":'.repeat(600_000)}1${"}".repeat(600_000)}`, mediaTypes.ociManifest],
];

for (const [name, document, mediaType] of refused)
  test(`a manifest that ${name} is refused`, async () => {
    await using harness = await startHarness();
    serve(harness, document, mediaType);
    const resolved = harness.client.resolve(harness.name, amd64, { signal: harness.signal });
    await assert.rejects(resolved, (error: { code?: string; exitCode?: number }) => {
      assert.match(error.code ?? "", /^(MANIFEST_INVALID|JSON_INVALID)$/);
      assert.equal(error.exitCode, 4);
      return true;
    });
  });

test("plain JSON as a content type says nothing, so the document does", async () => {
  await using harness = await startHarness();
  const bytes = harness.source.content.get(harness.image.manifest.digest);
  serve(harness, bytes ?? "", "application/json");
  await pull(harness);
  assertPulled(harness);
});

test("an index in an index is followed, but not without end", async () => {
  await using harness = await startHarness();
  const { source, registry, client, signal } = harness;
  let root = { ...addSampleIndex(source, [harness.image]), platform: amd64 };
  const wrap = (): void => {
    const manifests = [root];
    const document = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    root = { ...source.add(document, mediaTypes.ociIndex), platform: amd64 };
  };
  const publish = (): void => {
    for (const [digest, bytes] of source.content)
      registry.content
        .repository(repository)
        .manifests.set(digest, { mediaType: mediaTypes.ociIndex, bytes });
    const bytes = source.read(harness.image.manifest.digest, 1e6);
    const mediaType = mediaTypes.ociManifest;
    registry.content
      .repository(repository)
      .manifests.set(harness.image.manifest.digest, { mediaType, bytes });
    registry.content.repository(repository).tags.set("1", root.digest);
  };
  wrap();
  publish();
  const resolved = await client.resolve(harness.name, amd64, { signal });
  assert.equal(resolved.manifest.digest, harness.image.manifest.digest);
  assert.equal(resolved.digest, root.digest);
  for (let depth = 0; depth < 10; depth += 1) wrap();
  publish();
  await assert.rejects(client.resolve(harness.name, amd64, { signal }), { code: "MANIFEST_INVALID" });
  await assert.rejects(client.push(`${registry.host}/other`, root, { blobs: source, signal }), {
    code: "MANIFEST_INVALID",
  });
});

test("a platform that is not there is named, with those that are", async () => {
  await using harness = await startHarness();
  const { source, client, signal, registry } = harness;
  const arm = addSampleImage(source, { platform: { os: "linux", architecture: "arm64" }, seed: "arm" });
  for (const one of [arm.manifest, harness.image.manifest])
    registry.content.repository(repository).manifests.set(one.digest, {
      mediaType: one.mediaType,
      bytes: source.read(one.digest, 1e6),
    });
  store(registry, repository, source, addSampleIndex(source, [harness.image, arm]), "1");
  const asked = client.resolve(harness.name, { os: "linux", architecture: "s390x" }, { signal });
  await assert.rejects(asked, (error: Error & { hint?: string }) => {
    assert.match(`${error.message} ${error.hint}`, /s390x.*linux\/amd64.*linux\/arm64/);
    return true;
  });
});

test("a tag that moves while it is pulled changes nothing: after the first reply only digests are asked for", async () => {
  await using harness = await startHarness();
  const { client, registry, target, signal } = harness;
  const resolved = await client.resolve(harness.name, amd64, { signal });
  const other = createMemoryBlobs();
  store(registry, repository, other, addSampleImage(other, { seed: "other" }).manifest, "1");
  for (const blob of [resolved.config, ...resolved.layers])
    await client.fetchBlob(resolved.reference, blob, { blobs: target, lease: noLease, signal });
  assertPulled(harness);
});

test("a digest that was asked for is compared with the bytes, not with a header", async () => {
  await using harness = await startHarness();
  const { client, registry, image, signal } = harness;
  const { manifests } = registry.content.repository(repository);
  manifests.set(image.manifest.digest, {
    mediaType: mediaTypes.ociManifest,
    bytes: Buffer.from(`{${imageFields}}`),
  });
  const name = `${registry.host}/${repository}@${image.manifest.digest}`;
  await assert.rejects(client.resolve(name, amd64, { signal }), { code: "MANIFEST_MISMATCH", exitCode: 4 });
});

test("foreign layers: their urls are not asked, neither when pulling nor when pushing", async () => {
  await using harness = await startHarness({ isEmpty: true });
  await using elsewhere = await startListener();
  const { client, source, registry, signal } = harness;
  const bytes = Buffer.from("foreign");
  const foreign = {
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    digest: digestOf(bytes),
    size: bytes.length,
    urls: [`http://127.0.0.1:${elsewhere.port}/layer`],
  };
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: harness.image.config,
    layers: [foreign],
  };
  const root = source.add(JSON.stringify(document), mediaTypes.ociManifest);
  await client.push(harness.name, root, { blobs: source, signal });
  assert.ok(!registry.content.repository(repository).blobs.has(foreign.digest));
  const resolved = await client.resolve(harness.name, amd64, { signal });
  assert.deepEqual(resolved.layers[0]?.urls, foreign.urls);
  const fetched = client.fetchBlob(resolved.reference, foreign, {
    blobs: harness.target,
    lease: noLease,
    signal,
  });
  await assert.rejects(fetched, { code: "BLOB_NOT_FOUND" });
  assert.equal(elsewhere.connections, 0);
});
