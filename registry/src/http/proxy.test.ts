import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import test from "node:test";
import { amd64, assertPulled, pull, repository, startHarness } from "../../test/harness.ts";
import { makeCertificate } from "../../test/certificate.ts";
import { createRegistryClient } from "../client.ts";
import { chooseProxy } from "./proxy.ts";

for (const [name, url, noProxy, expected] of [
  ["https goes through the https proxy", "https://ghcr.io/", "", "http://secure:1/"],
  ["http goes through the http proxy", "http://ghcr.io/", "", "http://plain:2/"],
  ["this machine is never proxied", "http://localhost:5000/", "", undefined],
  ["nor is its address", "https://127.0.0.1/", "", undefined],
  ["a star excludes all", "https://ghcr.io/", "*", undefined],
  ["a name excludes itself", "https://ghcr.io/", "a.b, ghcr.io", undefined],
  ["a name excludes what is below it", "https://x.ghcr.io/", "ghcr.io", undefined],
  ["a name excludes no other that ends like it", "https://notghcr.io/", "ghcr.io", "http://secure:1/"],
  ["a dot excludes only what is below", "https://ghcr.io/", ".ghcr.io", "http://secure:1/"],
  ["a dot excludes what is below", "https://x.ghcr.io/", "*.ghcr.io", undefined],
  ["a port has to fit", "https://ghcr.io:8443/", "ghcr.io:443", "http://secure:1/"],
  ["a port fits by default", "https://ghcr.io/", "ghcr.io:443", undefined],
  ["an address", "http://10.1.2.3/", "10.1.2.3", undefined],
  ["a network", "http://10.1.2.3/", "10.0.0.0/8", undefined],
  ["another network", "http://10.1.2.3/", "11.0.0.0/8", "http://plain:2/"],
  ["a network that is none", "http://10.1.2.3/", "10.0.0.0/99,x/8,/", "http://plain:2/"],
  ["an IPv6 network", "http://[fd00::1]/", "fd00::/8", undefined],
  ["an IPv6 address with a port", "http://[fd00::1]:5000/", "[fd00::1]:5000", undefined],
] as const)
  test(`proxy choice: ${name}`, () => {
    const settings = { httpsProxy: "secure:1", httpProxy: "http://plain:2", noProxy };
    assert.equal(chooseProxy(new URL(url), settings)?.href, expected);
  });

for (const [name, setting] of [
  ["no URL", "http://["],
  ["of another kind", "socks5://user:canary@proxy:1080"],
] as const)
  test(`a proxy setting that is ${name} is refused, and not shown`, () => {
    assert.throws(
      () => chooseProxy(new URL("https://ghcr.io/"), { httpsProxy: setting }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "PROXY_INVALID");
        assert.ok(!error.message.includes("canary"));
        return true;
      },
    );
  });

/** A proxy that takes everything to one port of this machine and writes down what it was asked for. */
async function startProxy(port: number): Promise<{ url: string; asked: string[]; stop: () => void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
    response.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"]}`);
    const target = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://user:word@127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url, asked, stop };
}

test("https goes through CONNECT, with the proxy's own credentials, and the certificate is still checked", async () => {
  const { authority, pair } = makeCertificate("registry.example");
  await using harness = await startHarness({ fake: { tls: pair } });
  const proxy = await startProxy(Number(harness.registry.host.split(":")[1]));
  const options = { now: () => 0, random: () => 0, attempts: 1, proxies: { httpsProxy: proxy.url } };
  try {
    using client = createRegistryClient({ ...options, caFiles: [authority] });
    await pull({ ...harness, client, name: `registry.example/${repository}:1` });
    assertPulled(harness);
    const basic = `Basic ${Buffer.from("user:word").toString("base64")}`;
    assert.deepEqual([...new Set(proxy.asked)], [`CONNECT registry.example:443 ${basic}`]);
    using stranger = createRegistryClient(options);
    const refused = stranger.resolve(`registry.example/${repository}:1`, amd64, { signal: harness.signal });
    await assert.rejects(refused, { code: "TLS_FAILED" });
  } finally {
    proxy.stop();
  }
});

test("plain HTTP asks the proxy for the whole URL; a proxy that fails is named by its status", async () => {
  const proxy = await startProxy(1);
  try {
    using client = createRegistryClient({
      now: () => 0,
      random: () => 0,
      attempts: 1,
      insecureRegistries: ["registry.example"],
      proxies: { httpProxy: proxy.url },
      // Nothing is there: TLS is tried first, then plain HTTP.
      resolver: (_hostname, _options, callback) =>
        callback(Object.assign(new Error(), { code: "ENOTFOUND" }), []),
    });
    const { signal } = new AbortController();
    const asked = client.resolve("registry.example/app", amd64, { signal });
    await assert.rejects(asked, { code: "REGISTRY_FAILED" });
    assert.match(proxy.asked[0] ?? "", /^GET http:\/\/registry\.example\/v2\/app\/manifests\/latest Basic /);
  } finally {
    proxy.stop();
  }
});

test("an IPv6 registry is spoken to directly, and may send us where the user listed", async (t) => {
  await using harness = await startHarness();
  const front = createServer((request, response) => {
    response.writeHead(307, { location: `${harness.registry.url}${request.url}` }).end();
  });
  front.listen(0, "::1");
  await once(front, "listening");
  t.after(() => {
    front.close();
    front.closeAllConnections();
  });
  const name = `[::1]:${(front.address() as AddressInfo).port}/${repository}:1`;
  const base = { now: () => 0, random: () => 0, attempts: 1 };
  using client = createRegistryClient(base);
  const refused = client.resolve(name, amd64, { signal: harness.signal });
  await assert.rejects(refused, { code: "REDIRECT_REFUSED" });
  using trusting = createRegistryClient({ ...base, insecureRegistries: [harness.registry.host] });
  await pull({ ...harness, client: trusting, name });
  assertPulled(harness);
});

test("CONNECT names an IPv6 address in brackets", async (t) => {
  const proxy = await startProxy(1);
  t.after(() => proxy.stop());
  const proxies = { httpsProxy: proxy.url };
  using client = createRegistryClient({ now: () => 0, random: () => 0, attempts: 1, proxies });
  const { signal } = new AbortController();
  await assert.rejects(client.resolve("[2001:db8::1]:5000/a", amd64, { signal }));
  assert.match(proxy.asked[0] ?? "", /^CONNECT \[2001:db8::1\]:5000 /);
});
