import assert from "node:assert/strict";
import test from "node:test";
import { type Fault, noLease } from "../testing/index.ts";
import { ada, amd64, assertPulled, pull, startHarness } from "./harness.ts";

const blobPath = "/blobs/";
const manifestPath = "/manifests/";
const always = 1000;

const healed: readonly (readonly [string, string, Fault])[] = [
  ["too many requests", manifestPath, { kind: "status", status: 429, headers: { "retry-after": "7" } }],
  ["a request time-out", manifestPath, { kind: "status", status: 408 }],
  ["an internal error", manifestPath, { kind: "status", status: 500 }],
  ["a bad gateway", blobPath, { kind: "status", status: 502 }],
  ["a service that is unavailable", blobPath, { kind: "status", status: 503 }],
  ["a gateway time-out", blobPath, { kind: "status", status: 504 }],
  ["a connection that breaks before the reply", manifestPath, { kind: "reset" }],
  ["a connection that breaks before the blob", blobPath, { kind: "reset" }],
  ["a connection that breaks inside the manifest", manifestPath, { kind: "reset", afterBytes: 100 }],
  ["a connection that breaks inside the blob", blobPath, { kind: "reset", afterBytes: 700 }],
  ["a blob without length that ends early", blobPath, { kind: "cut", afterBytes: 100 }],
];

for (const [name, path, fault] of healed)
  test(`a pull survives ${name}`, async () => {
    await using harness = await startHarness();
    harness.registry.inject({ path, fault, times: 2 });
    await pull(harness);
    assertPulled(harness);
    assert.equal(harness.delays.length, 2);
  });

test("silence before the reply, or inside a blob, ends after the idle time-out and is tried again", async () => {
  await using harness = await startHarness({ client: { idleTimeoutMs: 150 } });
  harness.registry.inject({ path: manifestPath, fault: { kind: "stall" } });
  harness.registry.inject({ path: blobPath, fault: { kind: "stall", afterBytes: 10 } });
  await pull(harness);
  assertPulled(harness);
});

test("a server that only keeps the connection alive is left, and what came is kept", async () => {
  const minimumRate = { minBytesPerWindow: 1000, windowMs: 100 };
  await using harness = await startHarness({ client: { minimumRate } });
  const { image, registry } = harness;
  registry.inject({ path: image.layers[1]?.digest ?? "", fault: { kind: "slow", bytes: 1, pauseMs: 5 } });
  await pull(harness);
  assertPulled(harness);
  const ranges = registry.seen.map(({ headers }) => headers.range).filter((range) => range !== undefined);
  assert.equal(ranges.length, 1);
  assert.match(ranges[0] ?? "", /^bytes=[0-9]+-$/);
});

test("a blob goes on where the connection broke, with Range", async () => {
  await using harness = await startHarness();
  const layer = harness.image.layers[1];
  assert.ok(layer);
  harness.registry.inject({ path: layer.digest, fault: { kind: "reset", afterBytes: 100_000 } });
  await pull(harness);
  assertPulled(harness);
  const asked = harness.registry.seen.filter(({ path }) => path.endsWith(layer.digest));
  assert.deepEqual(
    asked.map(({ headers }) => headers.range),
    [undefined, "bytes=100000-"],
  );
});

test("a blob that an earlier process left unfinished is finished, and served whole it is still right", async () => {
  for (const fault of [undefined, { kind: "whole" } as const]) {
    await using harness = await startHarness();
    const layer = harness.image.layers[1];
    assert.ok(layer);
    const bytes = harness.source.content.get(layer.digest);
    harness.target.partial.set(layer.digest, Buffer.from(bytes?.subarray(0, 50_000) ?? ""));
    if (fault) harness.registry.inject({ path: layer.digest, fault });
    await pull(harness);
    assertPulled(harness);
    const asked = harness.registry.seen.filter(({ path }) => path.endsWith(layer.digest));
    assert.deepEqual(
      asked.map(({ headers }) => headers.range),
      ["bytes=50000-"],
    );
  }
});

test("leftovers that are wrong, or too long, cost one download more and do no harm", async () => {
  for (const size of [50_000, 400_000]) {
    await using harness = await startHarness();
    const layer = harness.image.layers[1];
    assert.ok(layer);
    harness.target.partial.set(layer.digest, Buffer.alloc(size, "?"));
    await pull(harness);
    assertPulled(harness);
  }
});

test("a long download that breaks off again and again goes on as long as it moves", async () => {
  await using harness = await startHarness({ layerBytes: [9_000_000] });
  const fault: Fault = { kind: "reset", afterBytes: 1_500_000 };
  harness.registry.inject({ path: harness.image.layers[0]?.digest ?? "", fault, times: 5 });
  await pull(harness);
  assertPulled(harness);
  assert.deepEqual(harness.delays, []);
});

const fatal: readonly (readonly [string, string, Fault, string])[] = [
  ["too many requests for ever", manifestPath, { kind: "status", status: 429 }, "RATE_LIMITED"],
  ["errors for ever", blobPath, { kind: "status", status: 503 }, "REGISTRY_FAILED"],
  ["connections that always break", blobPath, { kind: "reset" }, "REGISTRY_UNREACHABLE"],
  ["a blob with a wrong bit", blobPath, { kind: "corrupt" }, "BLOB_MISMATCH"],
  ["a blob that is longer than its manifest says", blobPath, { kind: "extra", bytes: 1 }, "BLOB_MISMATCH"],
  [
    "a blob that is always too short",
    blobPath,
    { kind: "body", bytes: Buffer.from("x") },
    "REGISTRY_UNREACHABLE",
  ],
  ["an empty blob", blobPath, { kind: "body", bytes: Buffer.alloc(0) }, "REGISTRY_UNREACHABLE"],
  [
    "a blob that is encoded",
    blobPath,
    { kind: "header", name: "content-encoding", value: "gzip" },
    "REGISTRY_PROTOCOL",
  ],
  [
    "a manifest that is encoded",
    manifestPath,
    { kind: "header", name: "content-encoding", value: "br" },
    "REGISTRY_PROTOCOL",
  ],
  ["a manifest with a wrong bit", manifestPath, { kind: "corrupt" }, "MANIFEST_MISMATCH"],
  [
    "a manifest that is not what its header says",
    manifestPath,
    { kind: "header", name: "docker-content-digest", value: `sha256:${"0".repeat(64)}` },
    "MANIFEST_MISMATCH",
  ],
  [
    "a manifest beyond 4 MiB",
    manifestPath,
    { kind: "body", bytes: Buffer.alloc(5 * 1024 * 1024, " ") },
    "REGISTRY_PROTOCOL",
  ],
  [
    "a manifest that is no JSON",
    manifestPath,
    { kind: "body", bytes: Buffer.from("<html>") },
    "JSON_INVALID",
  ],
  ["a name that is not there", manifestPath, { kind: "status", status: 404 }, "IMAGE_NOT_FOUND"],
  ["a blob that is not there", blobPath, { kind: "status", status: 404 }, "BLOB_NOT_FOUND"],
  ["a refusal", manifestPath, { kind: "status", status: 403 }, "REGISTRY_DENIED"],
  ["an error whose body never ends", manifestPath, { kind: "endless", status: 404 }, "IMAGE_NOT_FOUND"],
  [
    "a redirect in a circle",
    blobPath,
    { kind: "redirect", status: 307, location: "/v2/x/blobs/y" },
    "REDIRECT_REFUSED",
  ],
  [
    "a redirect to nothing",
    blobPath,
    { kind: "redirect", status: 307, location: "http://[" },
    "REGISTRY_PROTOCOL",
  ],
  ["a status that says nothing", manifestPath, { kind: "status", status: 418 }, "REGISTRY_FAILED"],
];

for (const [name, path, fault, code] of fatal)
  test(`a pull ends with ${code} on ${name}, and keeps nothing`, async () => {
    await using harness = await startHarness();
    harness.registry.inject({ path, fault, times: always });
    await assert.rejects(pull(harness), { code });
    assert.equal(harness.target.content.size, 0);
    assert.ok(harness.registry.seen.length < 20, "the tries are bounded");
  });

test("what Retry-After says is waited for, no longer than two minutes", async () => {
  await using harness = await startHarness();
  for (const value of ["7", "100000"])
    harness.registry.inject({
      fault: { kind: "status", status: 429, headers: { "retry-after": value } },
      path: manifestPath,
    });
  await pull(harness);
  assert.deepEqual(harness.delays, [7000, 120_000]);
});

test("nothing listening is told at once, with the address and what to check", async () => {
  await using harness = await startHarness();
  await harness.registry.stop();
  await assert.rejects(pull(harness), (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, "REGISTRY_UNREACHABLE");
    assert.match(error.message, /127\.0\.0\.1:[0-9]+ cannot be reached: nothing listens there/);
    return true;
  });
});

test("a pull can be cancelled inside a silent blob, at once and with the caller's reason", async () => {
  await using harness = await startHarness();
  const { client, registry, image, target, name } = harness;
  const resolved = await client.resolve(name, amd64, { signal: harness.signal });
  registry.inject({ path: blobPath, fault: { kind: "stall", afterBytes: 10 } });
  const controller = new AbortController();
  const reason = new Error("enough");
  const fetched = client.fetchBlob(resolved.reference, image.layers[1] ?? resolved.config, {
    blobs: target,
    lease: noLease,
    signal: controller.signal,
    onTransfer: () => controller.abort(reason),
  });
  await assert.rejects(fetched, (error) => error === reason);
  assert.equal(target.content.size, 0);
});

test("a token that ends between two requests costs one more token", async () => {
  await using harness = await startHarness({
    fake: { auth: "bearer", anonymous: "nothing" },
    client: { credentials: ada },
  });
  const { client, registry, target, signal } = harness;
  const image = await client.resolve(harness.name, amd64, { signal });
  registry.revokeTokens();
  for (const blob of [image.config, ...image.layers])
    await client.fetchBlob(image.reference, blob, { blobs: target, lease: noLease, signal });
  assertPulled(harness);
  assert.equal(registry.seen.filter(({ path }) => path === "/token").length, 2);
});

test("seeded rains of faults change how long a pull takes, never what it brings", async () => {
  const faults: Fault[] = [
    { kind: "status", status: 429, headers: { "retry-after": "1" } },
    { kind: "status", status: 503 },
    { kind: "reset" },
    { kind: "reset", afterBytes: 50 },
    { kind: "cut", afterBytes: 60 },
    { kind: "whole" },
  ];
  for (let seed = 1; seed <= 40; seed += 1) {
    await using harness = await startHarness({ client: { attempts: 30 } });
    harness.registry.rain({ seed, rate: 0.4, faults });
    await pull(harness);
    assertPulled(harness);
  }
});
