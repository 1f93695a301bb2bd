// Redirects of blobs and places of uploads are chosen by the registry: they must not reach into private networks,
// and credentials stay with the origin they were given for (CVE-2020-15157, CVE-2021-41092 are of this kind).
import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { createRegistryClient } from "../../src/index.ts";
import { type Fault, noLease } from "../../testing/index.ts";
import { ada, amd64, assertPulled, type Harness, pull, repository, startHarness } from "../harness.ts";
import { startListener } from "../listener.ts";

const targets: readonly (readonly [string, string])[] = [
  ["the metadata service", "http://169.254.169.254/latest/meta-data/"],
  ["the metadata service by https", "https://169.254.169.254/latest/meta-data/"],
  ["IPv6 of the metadata service", "https://[fd00:ec2::254]/"],
  ["a private address", "https://192.168.1.1/"],
  ["another name of this machine", "https://localhost:PORT/"],
  ["plain HTTP elsewhere", "http://cdn.example.com/"],
  ["a file", "file:///etc/passwd"],
  ["something with credentials", "https://user:word@cdn.example.com/"],
];

for (const [name, location] of targets) {
  test(`a blob that is redirected to ${name} is not fetched from there`, async () => {
    await using listener = await startListener();
    await using harness = await startHarness();
    const target = location.replace("PORT", String(listener.port));
    harness.registry.inject({
      path: "/blobs/",
      fault: { kind: "redirect", status: 307, location: target },
      times: 100,
    });
    await assert.rejects(pull(harness), { code: /^(REDIRECT|ADDRESS)_REFUSED$/ });
    assert.equal(listener.connections, 0);
    assert.equal(harness.target.content.size, 0);
  });

  test(`an upload whose place is ${name} sends nothing there`, async () => {
    await using listener = await startListener();
    await using harness = await startHarness({ isEmpty: true });
    const target = location.replace("PORT", String(listener.port));
    const fault: Fault = { kind: "header", name: "location", value: target };
    harness.registry.inject({ method: "POST", fault, times: 100 });
    const { client, image, source, signal } = harness;
    const pushed = client.push(harness.name, image.manifest, { blobs: source, signal });
    await assert.rejects(pushed, { code: /^(REDIRECT|ADDRESS)_REFUSED$/ });
    assert.equal(listener.connections, 0);
  });
}

test("a public name that leads to a private address is found out when connecting", async () => {
  await using listener = await startListener();
  await using harness = await startHarness({
    client: {
      resolver: (_hostname, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    },
  });
  const location = `https://cdn.example.com:${listener.port}/`;
  harness.registry.inject({
    path: "/blobs/",
    fault: { kind: "redirect", status: 302, location },
    times: 100,
  });
  await assert.rejects(pull(harness), { code: "ADDRESS_REFUSED" });
  assert.equal(listener.connections, 0);
});

/** A second port of the registry's host that serves one blob: another origin, but a place it may send us to. */
async function pullRedirected(harness: Harness, status: 301 | 302 | 303 | 307 | 308) {
  const { client, registry, image, target, signal } = harness;
  const layer = image.layers[0];
  assert.ok(layer);
  const bytes = harness.source.content.get(layer.digest);
  const cdn = await startHarness();
  cdn.registry.content.repository("x").blobs.set(layer.digest, bytes ?? Buffer.alloc(0));
  const location = `${cdn.registry.url}/v2/x/blobs/${layer.digest}?X-Signature=canary`;
  registry.inject({ path: layer.digest, fault: { kind: "redirect", status, location } });
  const resolved = await client.resolve(harness.name, amd64, { signal });
  for (const blob of [resolved.config, ...resolved.layers])
    await client.fetchBlob(resolved.reference, blob, { blobs: target, lease: noLease, signal });
  const { seen } = cdn.registry;
  await cdn[Symbol.asyncDispose]();
  return seen;
}

for (const status of [301, 302, 303, 307, 308] as const)
  test(`a blob that a ${status} sends to another port of the registry is fetched there, without credentials`, async () => {
    await using harness = await startHarness({
      fake: { auth: "bearer", anonymous: "nothing" },
      client: { credentials: ada },
    });
    const seen = await pullRedirected(harness, status);
    assertPulled(harness);
    assert.deepEqual(
      seen.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

test("an upload may go to another port of the registry, without credentials", async () => {
  await using harness = await startHarness({
    isEmpty: true,
    fake: { auth: "basic" },
    client: { credentials: ada },
  });
  await using storage = await startListener();
  const { client, registry, image, source, signal } = harness;
  const value = `http://127.0.0.1:${storage.port}/upload?signature=canary`;
  registry.inject({ method: "POST", fault: { kind: "header", name: "location", value } });
  await client
    .push(harness.name, image.manifest, { blobs: source, signal })
    .catch((error: unknown) => assert.ok(!String(error).includes("canary"), String(error)));
  assert.equal(storage.requests.length, 1);
  assert.equal(storage.requests[0]?.authorization, undefined);
});

test("a plain, private host is followed when the user listed it as insecure", async () => {
  await using harness = await startHarness();
  await using cdn = await startHarness();
  const { registry, image } = harness;
  const host = cdn.registry.host.replace("127.0.0.1", "localhost");
  const location = `http://${host}/v2/${repository}/blobs/${image.layers[0]?.digest}`;
  registry.inject({
    path: image.layers[0]?.digest ?? "",
    fault: { kind: "redirect", status: 307, location },
  });
  const client = createRegistryClient({
    now: () => 0,
    random: () => 0,
    attempts: 1,
    insecureRegistries: [host],
  });
  await pull({ ...harness, client });
  client[Symbol.dispose]();
  assertPulled(harness);
});

test("a 401 of somebody else's server gets no credentials", async () => {
  await using harness = await startHarness({ fake: { auth: "basic" }, client: { credentials: ada } });
  await using other = await startHarness({ fake: { auth: "basic" } });
  const { registry, image } = harness;
  const location = `${other.registry.url}/v2/${repository}/blobs/${image.layers[0]?.digest}`;
  registry.inject({
    path: image.layers[0]?.digest ?? "",
    fault: { kind: "redirect", status: 307, location },
  });
  await assert.rejects(pull(harness), { code: "REGISTRY_UNAUTHORIZED" });
  assert.deepEqual(
    other.registry.seen.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test("an upload that is redirected by 307 goes on there, from its first byte", async () => {
  await using harness = await startHarness({ isEmpty: true });
  const { client, registry, image, source, signal } = harness;
  const location = `/v2/${repository}/blobs/uploads/session-1?_state=a%3Db+c%2F&digest=`;
  const digest = encodeURIComponent(image.layers[0]?.digest ?? "");
  registry.inject({
    method: "PUT",
    path: "/uploads/session-1",
    fault: { kind: "redirect", status: 307, location: location + digest },
  });
  await client.push(harness.name, image.manifest, { blobs: source, signal }).catch(() => {});
  const puts = registry.seen.filter(({ method, path }) => method === "PUT" && path.endsWith("session-1"));
  assert.equal(puts.length, 2);
  assert.equal(puts[0]?.headers["content-length"], puts[1]?.headers["content-length"]);
});

test("a reply in an encoding nobody asked for is never unpacked", async () => {
  await using harness = await startHarness();
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  for (const fault of [
    { kind: "header", name: "content-encoding", value: "gzip" },
    { kind: "body", bytes: bomb },
  ] as const)
    harness.registry.inject({ path: "/manifests/", fault, times: 1 });
  await assert.rejects(pull(harness), { code: "REGISTRY_PROTOCOL" });
  assert.ok(harness.registry.seen.every(({ headers }) => headers["accept-encoding"] === "identity"));
});
