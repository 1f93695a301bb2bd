import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import test from "node:test";
import { inspect } from "node:util";
import { TsbuildError } from "@tsbuild/layers";
import { createRegistryClient, type OnRetry, redactUrl } from "../src/index.ts";
import { noLease, seededRandom } from "../testing/index.ts";
import { amd64, assertPulled, pull, startHarness } from "./harness.ts";

/** A server that answers every plain request with these bytes and hangs up; TLS greetings it does not answer. */
async function resolveFrom(bytes: Buffer): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (first) => {
      if (first[0] === 0x16) socket.destroy();
      else socket.end(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  using client = createRegistryClient({ now: () => 0, random: () => 0, attempts: 1, idleTimeoutMs: 1000 });
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}/app`;
  try {
    return await client.resolve(name, amd64, { signal: new AbortController().signal }).then(
      () => undefined,
      (error: unknown) => error,
    );
  } finally {
    server.close();
  }
}

for (const [name, bytes, code] of [
  ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "REGISTRY_PROTOCOL"],
  ["headers beyond 64 KiB", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(70_000)}\r\n\r\n`, "REGISTRY_PROTOCOL"],
  ["a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "REGISTRY_PROTOCOL"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "REGISTRY_PROTOCOL"],
  [
    "a chunk that is none",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "REGISTRY_UNREACHABLE",
  ],
  ["nothing", "", "REGISTRY_UNREACHABLE"],
  ["half a header", "HTTP/1.1 200 OK\r\nX", "REGISTRY_UNREACHABLE"],
] as const)
  test(`a server that sends ${name}: ${code}`, async () => {
    const error = await resolveFrom(Buffer.from(bytes));
    assert.ok(error instanceof TsbuildError, inspect(error));
    assert.equal(error.code, code);
  });

test("whatever a server sends, the answer is an error of ours, soon", async () => {
  const body = '{"schemaVersion":2}';
  const honest = Buffer.from(
    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nDocker-Content-Digest: sha256:0\r\n" +
      `WWW-Authenticate: Bearer realm="x"\r\nRetry-After: 1\r\nLocation: /v2/\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const random = seededRandom(7);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(honest);
    // Any status, so that every way through the client is taken.
    bytes.write(String([200, 201, 307, 401, 404, 429, 503][below(7)]), 9);
    for (let change = below(4); change > 0; change -= 1) bytes[below(bytes.length)] = below(256);
    const error = await resolveFrom(bytes.subarray(0, round % 3 === 0 ? below(bytes.length) : bytes.length));
    assert.ok(error instanceof TsbuildError, `round ${round}: ${inspect(error)}`);
  }
});

test("what an error body says is shown without control characters, and not at length", async () => {
  await using harness = await startHarness();
  const message = `evil\u001b[2J\n\u202e${"x".repeat(5000)}`;
  const body = JSON.stringify({ errors: [{ code: "DENIED", message }] });
  harness.registry.inject({ path: "/manifests/", fault: { kind: "status", status: 403, body } });
  await assert.rejects(pull(harness), (error: Error) => {
    assert.match(error.message, /DENIED: evil/);
    assert.ok(!/[\u0000-\u001f\u202e]/.test(error.message));
    assert.ok(error.message.length < 600);
    return true;
  });
});

test("addresses are shown without what signs them", () => {
  const url = new URL("https://user:word@cdn.example:8443/path?X-Amz-Signature=canary#canary");
  assert.equal(redactUrl(url), "https://cdn.example:8443/path?…");
});

test("each wait for another try is told, with its reason and its length", async () => {
  const told: string[] = [];
  const onRetry: OnRetry = (error, { delayMs, attempt }) => told.push(`${error.code} ${delayMs} ${attempt}`);
  await using harness = await startHarness({ client: { onRetry } });
  const headers = { "retry-after": "2" };
  harness.registry.inject({ path: "/manifests/", fault: { kind: "status", status: 429, headers } });
  harness.registry.inject({ path: "/blobs/", fault: { kind: "reset" } });
  await pull(harness);
  assertPulled(harness);
  assert.deepEqual(told, ["RATE_LIMITED 2000 2", "REGISTRY_UNREACHABLE 125 2"]);
});

test("progress grows to the size of the blob, over a broken connection too", async () => {
  await using harness = await startHarness();
  const { client, registry, image, target, signal } = harness;
  const layer = image.layers[1];
  assert.ok(layer);
  registry.inject({ path: layer.digest, fault: { kind: "reset", afterBytes: 100_000 } });
  const seen: number[] = [];
  await client.fetchBlob(harness.name, layer, {
    blobs: target,
    lease: noLease,
    signal,
    onTransfer: (what, done, total) => {
      assert.equal(what, layer);
      assert.equal(total, layer.size);
      seen.push(done);
    },
  });
  assert.deepEqual(
    seen,
    [...seen].sort((one, other) => one - other),
  );
  assert.equal(seen.at(-1), layer.size);
});
