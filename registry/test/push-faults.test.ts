import assert from "node:assert/strict";
import test from "node:test";
import { addSampleIndex, type Fault } from "../testing/index.ts";
import { ada, assertPushed, type Harness, repository, startHarness, store } from "./harness.ts";

const uploadPath = "/blobs/uploads/";
const manifestPath = "/manifests/";

function push({ client, name, image, source, signal }: Harness): Promise<void> {
  return client.push(name, image.manifest, { blobs: source, signal });
}

const healed: readonly (readonly [string, string, string, Fault])[] = [
  ["too many requests", "HEAD", "/blobs/", { kind: "status", status: 429, headers: { "retry-after": "3" } }],
  ["an error when it asks for a session", "POST", uploadPath, { kind: "status", status: 500 }],
  ["a connection that breaks inside an upload", "PUT", uploadPath, { kind: "reset", afterRequestBytes: 500 }],
  ["an error inside an upload", "PUT", uploadPath, { kind: "status", status: 503, afterRequestBytes: 500 }],
  ["an upload whose reply is lost", "PUT", uploadPath, { kind: "reset" }],
  ["a manifest whose reply is lost", "PUT", manifestPath, { kind: "reset" }],
  ["an error at the manifest", "PUT", manifestPath, { kind: "status", status: 502 }],
];

for (const [name, method, path, fault] of healed)
  test(`a push survives ${name}`, async () => {
    await using harness = await startHarness({ isEmpty: true });
    harness.registry.inject({ method, path, fault, times: 2 });
    await push(harness);
    assertPushed(harness);
  });

const fatal: readonly (readonly [string, string, string, Fault, string])[] = [
  ["no right to push", "POST", uploadPath, { kind: "status", status: 403 }, "REGISTRY_DENIED"],
  ["a repository that does not exist", "POST", uploadPath, { kind: "status", status: 404 }, "BLOB_NOT_FOUND"],
  ["a session without a place", "POST", uploadPath, { kind: "status", status: 202 }, "REGISTRY_PROTOCOL"],
  ["an upload that is not accepted", "PUT", uploadPath, { kind: "status", status: 400 }, "REGISTRY_FAILED"],
  [
    "a manifest that is too large for it",
    "PUT",
    manifestPath,
    { kind: "status", status: 413 },
    "REGISTRY_FAILED",
  ],
  [
    "a manifest stored as another",
    "PUT",
    manifestPath,
    { kind: "header", name: "docker-content-digest", value: `sha256:${"0".repeat(64)}` },
    "MANIFEST_MISMATCH",
  ],
];

for (const [name, method, path, fault, code] of fatal)
  test(`a push ends with ${code} on ${name}`, async () => {
    await using harness = await startHarness({ isEmpty: true });
    harness.registry.inject({ method, path, fault, times: 1000 });
    await assert.rejects(push(harness), { code });
    assert.ok(harness.registry.seen.length < 30);
  });

test("an upload is one stream of its exact length, blobs come before manifests, and the tag is last", async () => {
  await using harness = await startHarness({ isEmpty: true });
  const { client, name, source, image, registry, signal } = harness;
  const index = addSampleIndex(source, [image]);
  await client.push(name, index, { blobs: source, signal });
  const puts = registry.seen.filter(({ method }) => method === "PUT");
  assert.deepEqual(
    puts.slice(-2).map(({ path }) => path.split("/").at(-1)),
    [image.manifest.digest, "1"],
  );
  const uploads = puts.slice(0, -2);
  assert.ok(
    uploads.every(
      ({ path, query }) => path.includes(uploadPath) && query.startsWith("?_state=a%3Db+c%2F&digest="),
    ),
  );
  assert.deepEqual(
    uploads.map(({ headers }) => Number(headers["content-length"])).sort((one, other) => one - other),
    [image.config, ...image.layers].map(({ size }) => size).sort((one, other) => one - other),
  );
});

test("where a body is too large, a blob goes in chunks", async () => {
  await using harness = await startHarness({ isEmpty: true, layerBytes: [20_000_000, 100] });
  const fault = { kind: "status", status: 413, afterRequestBytes: 100_000 } as const;
  harness.registry.inject({ method: "PUT", path: uploadPath, fault, times: 1 });
  await push(harness);
  assertPushed(harness);
  const patches = harness.registry.seen.filter(({ method }) => method === "PATCH");
  const ranges = patches.map(({ headers }) => headers["content-range"]);
  assert.ok(ranges.length === 1 || ranges.length === 3, ranges.join());
});

test("a second push of the same image sends no blob", async () => {
  await using harness = await startHarness({ isEmpty: true });
  await push(harness);
  const before = harness.registry.seen.length;
  await push(harness);
  const again = harness.registry.seen.slice(before);
  assert.deepEqual(
    [...new Set(again.map(({ method, path }) => method + path.includes(uploadPath)))],
    ["HEADfalse", "PUTfalse"],
  );
});

test("blobs that another repository has are mounted, and sent where that is refused", async () => {
  for (const [name, fault] of [
    ["mounted", undefined],
    ["refused", { kind: "status", status: 404 } as const],
    ["not done", { kind: "status", status: 202, headers: {} } as const],
  ] as const) {
    await using harness = await startHarness({ isEmpty: true });
    const { client, registry, image, source, signal } = harness;
    store(registry, "base/image", source, image.manifest, "1");
    const location = `/v2/${repository}/blobs/uploads/`;
    if (fault?.status === 404) registry.inject({ method: "POST", path: uploadPath, fault, times: 1 });
    if (fault?.status === 202) registry.content.repository("base/image").blobs.clear();
    await client.push(harness.name, image.manifest, {
      blobs: source,
      signal,
      mountFrom: () => ["base/image"],
    });
    assertPushed(harness);
    const sent = registry.seen.filter(({ method, path }) => method === "PUT" && path.startsWith(location));
    assert.equal(sent.length, { mounted: 0, refused: 1, "not done": 3 }[name]);
  }
});

test("a push asks for both repositories when it mounts, in one token", async () => {
  await using harness = await startHarness({
    isEmpty: true,
    fake: { auth: "bearer" },
    client: { credentials: ada },
  });
  const { client, registry, image, source, signal } = harness;
  store(registry, "base/image", source, image.manifest, "1");
  await client.push(harness.name, image.manifest, { blobs: source, signal, mountFrom: () => ["base/image"] });
  assertPushed(harness);
  const token = registry.seen.find(({ path }) => path === "/token");
  assert.deepEqual(new URLSearchParams(token?.query).getAll("scope"), [
    `repository:${repository}:pull,push`,
    "repository:base/image:pull",
  ]);
});

test("a token that ends in the middle of an upload costs one renewal, not a new session", async () => {
  await using harness = await startHarness({
    isEmpty: true,
    layerBytes: [500_000],
    fake: { auth: "bearer", anonymous: "nothing" },
    client: { credentials: ada },
  });
  const { registry, image } = harness;
  const challenge = `Bearer realm="${registry.url}/token",service="fake"`;
  const fault: Fault = {
    kind: "status",
    status: 401,
    headers: { "www-authenticate": challenge },
    afterRequestBytes: 1000,
  };
  registry.inject({ method: "PUT", path: uploadPath, fault, times: 1 });
  await push(harness);
  assertPushed(harness);
  const posts = registry.seen.filter(({ method, path }) => method === "POST" && path.includes(uploadPath));
  assert.equal(posts.length, 1 + image.layers.length);
});

test("a push that ends at any byte leaves no tag, and repeated it gives the same digests", async () => {
  for (const afterRequestBytes of [0, 1, 700, 1024, 65_536, 200_000, 300_000]) {
    await using harness = await startHarness({ isEmpty: true, client: { attempts: 1 } });
    const { registry } = harness;
    registry.inject({ method: "PUT", fault: { kind: "reset", afterRequestBytes } });
    await assert.rejects(push(harness), { code: "REGISTRY_UNREACHABLE" });
    assert.equal(registry.content.repository(repository).tags.size, 0);
    await push(harness);
    assertPushed(harness);
  }
});

test("one blob that cannot be sent ends the others", async () => {
  await using harness = await startHarness({
    isEmpty: true,
    layerBytes: [1000, 2000, 3000, 4000, 5000, 6000],
  });
  harness.registry.inject({ method: "HEAD", fault: { kind: "status", status: 403 } });
  await assert.rejects(push(harness), { code: "REGISTRY_DENIED" });
  assert.ok(harness.registry.seen.length <= 5);
});

test("a blob that is not in the store is named, and nothing is tagged", async () => {
  await using harness = await startHarness({ isEmpty: true });
  harness.source.content.delete(harness.image.config.digest);
  await assert.rejects(push(harness), { code: "BLOB_MISSING" });
  assert.equal(harness.registry.content.repository(repository).tags.size, 0);
});

test("a push can be cancelled in the middle, with the caller's reason", async () => {
  await using harness = await startHarness({ isEmpty: true, layerBytes: [2_000_000] });
  const { client, name, image, source } = harness;
  const controller = new AbortController();
  const reason = new Error("enough");
  const onTransfer = (): void => controller.abort(reason);
  const pushed = client.push(name, image.manifest, { blobs: source, signal: controller.signal, onTransfer });
  await assert.rejects(pushed, (error) => error === reason);
  assert.equal(harness.registry.content.repository(repository).tags.size, 0);
});

test("seeded rains of faults change how long a push takes, never what arrives", async () => {
  const faults: Fault[] = [
    { kind: "status", status: 429 },
    { kind: "status", status: 503, afterRequestBytes: 10 },
    { kind: "reset" },
    { kind: "reset", afterRequestBytes: 100 },
  ];
  for (let seed = 1; seed <= 40; seed += 1) {
    await using harness = await startHarness({ isEmpty: true, client: { attempts: 40 } });
    harness.registry.rain({ seed, rate: 0.3, faults });
    await push(harness);
    assertPushed(harness);
  }
});
