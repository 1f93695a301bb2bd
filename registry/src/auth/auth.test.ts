import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { ada, amd64, assertPulled, pull, startHarness } from "../../test/harness.ts";
import type { CredentialSource } from "./credentials.ts";
import { Secret } from "./secret.ts";

const noDelay = { attempts: 2 };

function tokenQueries(seen: readonly { readonly path: string; readonly query: string }[]): URLSearchParams[] {
  return seen.filter(({ path }) => path === "/token").map(({ query }) => new URLSearchParams(query));
}

test("an anonymous pull gets a token without saying who, and one token serves it all", async () => {
  await using harness = await startHarness({ fake: { auth: "bearer" } });
  await pull(harness);
  assertPulled(harness);
  const [first, ...others] = tokenQueries(harness.registry.seen);
  assert.deepEqual(others, []);
  assert.equal(first?.toString(), "service=fake&scope=repository%3Ateam%2Fapp%3Apull");
  assert.equal(harness.registry.seen.find(({ path }) => path === "/token")?.headers.authorization, undefined);
});

test("a password is shown to the token server, never to the registry itself", async () => {
  await using harness = await startHarness({
    fake: { auth: "bearer", anonymous: "nothing" },
    client: { credentials: ada },
  });
  await pull(harness);
  assertPulled(harness);
  for (const { path, headers } of harness.registry.seen) {
    const kind = headers.authorization?.split(" ")[0];
    assert.ok(kind === undefined || kind === (path === "/token" ? "Basic" : "Bearer"));
  }
});

test("a refresh token is exchanged by POST and stands in no URL", async () => {
  const credentials: CredentialSource = {
    find: async () => ({ kind: "refresh-token", token: new Secret("refresh-me") }),
  };
  await using harness = await startHarness({
    fake: { auth: "bearer", anonymous: "nothing" },
    client: { credentials },
  });
  await pull(harness);
  assertPulled(harness);
  const asked = harness.registry.seen.filter(({ path }) => path === "/token");
  assert.deepEqual(
    asked.map(({ method, query }) => [method, query]),
    [["POST", ""]],
  );
});

test("a token of the user's own is sent as it is", async () => {
  const credentials: CredentialSource = { find: async () => ({ kind: "bearer", token: new Secret("mine") }) };
  await using harness = await startHarness({ fake: { auth: "bearer" }, client: { ...noDelay, credentials } });
  await assert.rejects(pull(harness), { code: "REGISTRY_UNAUTHORIZED" });
  assert.equal(harness.registry.seen.at(-1)?.headers.authorization, "Bearer mine");
});

test("Basic is shown once it is asked for", async () => {
  await using harness = await startHarness({ fake: { auth: "basic" }, client: { credentials: ada } });
  await pull(harness);
  assertPulled(harness);
  assert.equal(harness.registry.seen.filter(({ headers }) => headers.authorization === undefined).length, 1);
});

for (const [name, auth] of [
  ["Basic", "basic"],
  ["Bearer", "bearer"],
] as const) {
  test(`${name}: without credentials the user is told to log in`, async () => {
    await using harness = await startHarness({ fake: { auth, anonymous: "nothing" }, client: noDelay });
    const { host } = harness.registry;
    await assert.rejects(pull(harness), {
      code: "REGISTRY_UNAUTHORIZED",
      exitCode: 3,
      hint: `docker login ${host}`,
    });
  });

  test(`${name}: credentials that are wrong are tried once, and shown nowhere`, async () => {
    const credentials: CredentialSource = {
      find: async () => ({ kind: "password", username: "eve", password: new Secret("canary-password") }),
    };
    await using harness = await startHarness({
      fake: { auth, anonymous: "nothing" },
      client: { ...noDelay, credentials },
    });
    await assert.rejects(pull(harness), (error: Error & { code?: string }) => {
      assert.equal(error.code, "REGISTRY_UNAUTHORIZED");
      assert.ok(!inspect(error).includes("canary-password"));
      return true;
    });
    assert.ok(harness.registry.seen.length <= 5);
  });
}

test("a token ends by our clock before the registry has to say so", async () => {
  let nowMs = 0;
  const now = (): number => nowMs;
  await using harness = await startHarness({
    fake: { auth: "bearer", tokenLifetimeSeconds: 100, now },
    client: { now },
  });
  const resolve = (): Promise<unknown> =>
    harness.client.resolve(harness.name, amd64, { signal: harness.signal });
  await resolve();
  nowMs = 89_000;
  await resolve();
  assert.equal(tokenQueries(harness.registry.seen).length, 1);
  nowMs = 95_000;
  await resolve();
  assert.equal(tokenQueries(harness.registry.seen).length, 2);
  const challenged = harness.registry.seen.filter(
    ({ headers, path }) => path !== "/token" && !headers.authorization,
  );
  assert.equal(challenged.length, 1, "only the request before the first token went without");
});

for (const [name, fault, code] of [
  ["is busy", { kind: "status", status: 429 }, "RATE_LIMITED"],
  ["is down", { kind: "status", status: 503 }, "REGISTRY_FAILED"],
  ["breaks off", { kind: "reset" }, "REGISTRY_UNREACHABLE"],
  ["says no JSON", { kind: "body", bytes: Buffer.from("<html>") }, "REGISTRY_PROTOCOL"],
  ["gives no token", { kind: "body", bytes: Buffer.from('{"token":""}') }, "REGISTRY_PROTOCOL"],
  [
    "gives a token that would end the header",
    { kind: "body", bytes: Buffer.from('{"token":"a\\r\\nX: y"}') },
    "REGISTRY_PROTOCOL",
  ],
  ["talks without end", { kind: "endless", status: 200 }, "REGISTRY_PROTOCOL"],
  ["refuses", { kind: "status", status: 403 }, "REGISTRY_UNAUTHORIZED"],
] as const)
  test(`a token server that ${name}: ${code}`, async () => {
    await using harness = await startHarness({ fake: { auth: "bearer" }, client: noDelay });
    harness.registry.inject({ path: "/token", fault, times: 100 });
    await assert.rejects(pull(harness), { code });
  });

test("a token server that is busy once costs a wait", async () => {
  await using harness = await startHarness({ fake: { auth: "bearer" } });
  const headers = { "retry-after": "2" };
  harness.registry.inject({ path: "/token", fault: { kind: "status", status: 429, headers } });
  await pull(harness);
  assertPulled(harness);
  assert.deepEqual(harness.delays, [2000]);
});

test("a registry that offers nothing we know, or nothing at all, is an error", async () => {
  for (const challenge of ["Negotiate abc", 'Bearer service="no realm"', "", undefined]) {
    await using harness = await startHarness({ client: noDelay });
    const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
    harness.registry.inject({
      path: "/manifests/",
      fault: { kind: "status", status: 401, headers },
      times: 10,
    });
    await assert.rejects(pull(harness), { code: "REGISTRY_UNAUTHORIZED" });
  }
});
