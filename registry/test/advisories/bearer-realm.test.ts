// CVE-2026-48978 (oras) and its relatives: a registry sends clients for a token to whatever host it likes.
import assert from "node:assert/strict";
import test from "node:test";
import { type RegistryClientOptions } from "../../src/index.ts";
import { ada, pull, startHarness } from "../harness.ts";
import { type Listener, startListener } from "../listener.ts";

const realms: readonly (readonly [string, string])[] = [
  ["the metadata service", "https://169.254.169.254/latest/meta-data/"],
  ["the metadata service over IPv6", "https://[fd00:ec2::254]/token"],
  ["a private address", "https://10.0.0.1/token"],
  ["an address in disguise", "https://0xa.1/token"],
  ["a decimal address", "https://167772161/token"],
  ["IPv4 in IPv6", "https://[::ffff:127.0.0.1]/token"],
  ["another name of this machine", "https://localhost:PORT/token"],
  ["plain HTTP on another host", "http://auth.example.com/token"],
  ["plain HTTP on this machine's other name", "http://localhost:PORT/token"],
  ["a file", "file:///etc/passwd"],
  ["credentials in it", "https://user:word@auth.example.com/token"],
];

async function pullWithRealm(
  realm: string,
  client: Partial<RegistryClientOptions>,
): Promise<{ readonly code: unknown; readonly listener: Listener }> {
  await using listener = await startListener();
  const target = realm.replace("PORT", String(listener.port));
  await using harness = await startHarness({
    fake: { auth: "bearer", realm: target },
    client: { credentials: ada, ...client },
  });
  const code = await pull(harness).then(
    () => undefined,
    (error: { code?: unknown }) => error.code,
  );
  return { code, listener };
}

for (const [name, realm] of realms)
  test(`no token is asked for at ${name}`, async () => {
    const { code, listener } = await pullWithRealm(realm, {});
    assert.equal(code, "ADDRESS_REFUSED");
    assert.equal(listener.connections, 0);
  });

test("a public name that leads to a private address is found out when connecting, and nothing is sent", async () => {
  for (const address of ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"]) {
    const { code, listener } = await pullWithRealm("https://auth.example.com:PORT/token", {
      resolver: (_hostname, _options, callback) =>
        callback(null, [
          // One public address does not excuse the other.
          { address: "93.184.216.34", family: 4 },
          { address, family: address.includes(":") ? 6 : 4 },
        ]),
    });
    assert.equal(code, "ADDRESS_REFUSED");
    assert.equal(listener.connections, 0);
  }
});

test("through a proxy, where no address is seen, the name decides", async () => {
  await using proxy = await startListener();
  for (const host of ["localhost.", "metadata.google.internal", "auth", "10.0.0.1", "[::1]"]) {
    const { code } = await pullWithRealm(`https://${host}/token`, {
      proxies: { httpsProxy: `http://127.0.0.1:${proxy.port}` },
    });
    assert.equal(code, "ADDRESS_REFUSED", host);
  }
  assert.equal(proxy.connections, 0);
});

test("a host that the user trusts may be private", async () => {
  const { code, listener } = await pullWithRealm("https://localhost:PORT/token", {
    trustedHosts: ["localhost"],
    attempts: 1,
  });
  // The listener speaks no TLS, but it was asked.
  assert.notEqual(code, "ADDRESS_REFUSED");
  assert.notEqual(listener.connections, 0);
});

test("a realm that is no URL is an error", async () => {
  const { code } = await pullWithRealm("token", {});
  assert.equal(code, "REGISTRY_PROTOCOL");
});
