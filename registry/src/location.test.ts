import { parseReference } from "@tsbuild/layers";
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import test from "node:test";
import { makeCertificate } from "../test/certificate.ts";
import { amd64, assertPulled, type Harness, pull, repository, startHarness } from "../test/harness.ts";
import { createRegistryClient, type RegistryClientOptions } from "./client.ts";
import type { Resolver } from "./http/agents.ts";
import { registryOf, securityOf } from "./location.ts";

for (const [name, listed, expected] of [
  ["ghcr.io/a", [], "secure"],
  ["localhost/a", [], "loopback"],
  ["localhost:5000/a", [], "loopback"],
  ["127.0.0.1:5000/a", [], "loopback"],
  ["[::1]:5000/a", [], "loopback"],
  ["host.corp:5000/a", ["host.corp:5000"], "listed"],
  ["host.corp:5000/a", ["host.corp"], "listed"],
  ["host.corp:5000/a", ["host.corp:5001", "corp", "*"], "secure"],
  ["localhost:5000/a", ["localhost:5000"], "listed"],
] as const)
  test(`${name} with ${JSON.stringify(listed)} is ${expected}`, () => {
    assert.equal(securityOf(registryOf(parseReference(name)), listed), expected);
  });

test("docker.io is asked at its registry; a domain that is none is refused", () => {
  assert.equal(registryOf(parseReference("busybox")).host, "registry-1.docker.io");
  assert.throws(() => registryOf(parseReference("a_b.c/d")), { code: "REFERENCE_INVALID" });
});

/** Every name is this machine. */
const here: Resolver = (_hostname, _options, callback) =>
  callback(null, [{ address: "127.0.0.1", family: 4 }]);

function reached(harness: Harness, options: Partial<RegistryClientOptions>): Promise<unknown> {
  const port = harness.registry.host.split(":")[1];
  const name = `registry.example:${port}/${repository}:1`;
  const base = { now: () => 0, random: () => 0, attempts: 1, resolver: here };
  const listed = (options.insecureRegistries ?? []).map((host) => host.replace("PORT", port ?? ""));
  const client = createRegistryClient({ ...base, ...options, insecureRegistries: listed });
  return pull({ ...harness, client, name }).finally(() => client[Symbol.dispose]());
}

test("plain HTTP needs the user's word on any other machine, and the message says how to give it", async () => {
  await using harness = await startHarness();
  await assert.rejects(reached(harness, {}), (error: { code?: string; hint?: string }) => {
    assert.equal(error.code, "TLS_FAILED");
    assert.match(error.hint ?? "", /--insecure-registry registry\.example:[0-9]+/);
    return true;
  });
  assert.deepEqual(harness.registry.seen, []);
  await reached(harness, { insecureRegistries: ["registry.example:PORT"] });
  assertPulled(harness);
});

test("a certificate nobody signed is taken only from a registry that is listed, or with its authority", async () => {
  const { pair, authority } = makeCertificate("registry.example");
  await using harness = await startHarness({ fake: { tls: pair } });
  await assert.rejects(reached(harness, {}), (error: { code?: string; hint?: string }) => {
    assert.equal(error.code, "TLS_FAILED");
    assert.match(error.hint ?? "", /--ca-cert/);
    return true;
  });
  await reached(harness, { caFiles: [authority] });
  await reached(harness, { insecureRegistries: ["registry.example"] });
  assertPulled(harness);
});

for (const [name, greet] of [
  ["hangs up on", (socket: Socket) => socket.destroy()],
  ["waits for the rest of", () => {}],
] as const)
  test(`a plain server that ${name} a TLS greeting is spoken to plainly`, async () => {
    await using harness = await startHarness();
    const target = Number(harness.registry.host.split(":")[1]);
    const front = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (first) => {
        if (first[0] === 0x16) return greet(socket);
        const behind = connect(target, "127.0.0.1");
        behind.on("error", () => socket.destroy());
        behind.write(first);
        socket.pipe(behind).pipe(socket);
      });
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const { port } = front.address() as AddressInfo;
    const client = createRegistryClient({ now: () => 0, random: () => 0, attempts: 1, idleTimeoutMs: 200 });
    await pull({ ...harness, client, name: `127.0.0.1:${port}/${repository}:1` });
    client[Symbol.dispose]();
    front.close();
    assertPulled(harness);
  });

test("a certificate for another name is refused, and on this machine never traded for plain HTTP", async () => {
  const { pair, authority } = makeCertificate("other.example");
  await using harness = await startHarness({ fake: { tls: pair } });
  await assert.rejects(reached(harness, { caFiles: [authority] }), { code: "TLS_FAILED" });
  const name = harness.name.replace("127.0.0.1", "localhost");
  await assert.rejects(harness.client.resolve(name, amd64, { signal: harness.signal }), {
    code: "TLS_FAILED",
  });
  assert.deepEqual(harness.registry.seen, []);
});

test("an authority that cannot be read is named", async () => {
  await using harness = await startHarness();
  await assert.rejects(reached(harness, { caFiles: ["/nowhere/ca.pem"] }), {
    code: "TLS_FAILED",
    message: /nowhere/,
  });
});

test("a host that takes no connection is given up soon", async () => {
  await using harness = await startHarness();
  // TEST-NET-1 (RFC 5737) is routed nowhere.
  const resolver: Resolver = (_hostname, _options, callback) =>
    callback(null, [{ address: "192.0.2.1", family: 4 }]);
  await assert.rejects(reached(harness, { resolver, idleTimeoutMs: 100 }), { code: "REGISTRY_UNREACHABLE" });
});
