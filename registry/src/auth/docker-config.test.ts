import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import type { Credentials } from "./credentials.ts";
import { createDockerCredentials } from "./docker-config.ts";
import { runHelper } from "./helper.ts";
import { Secret } from "./secret.ts";

const { signal } = new AbortController();
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });

function temporaryFile(t: TestContext, name: string, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-docker-config-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function find(t: TestContext, document: unknown, domain: string, path = "team/app"): Promise<Credentials> {
  const file = temporaryFile(t, "config.json", JSON.stringify(document));
  return createDockerCredentials({ files: [file], environment: {} }).find(domain, path, signal);
}

/** As text that a test can compare. */
function shown(credentials: Credentials): string {
  switch (credentials.kind) {
    case "anonymous":
      return "anonymous";
    case "password":
      return `${credentials.username}:${credentials.password.reveal()}`;
    case "refresh-token":
    case "bearer":
      return `${credentials.kind} ${credentials.token.reveal()}`;
  }
}

for (const [name, auths, domain, expected] of [
  ["by host", { "localhost:5000": auth("u:p") }, "localhost:5000", "u:p"],
  ["a password with colons", { h: auth("u:a:b") }, "h", "u:a:b"],
  ["user and password as fields", { h: { username: "u", password: "p" } }, "h", "u:p"],
  ["docker.io by its old address", { "https://index.docker.io/v1/": auth("u:p") }, "docker.io", "u:p"],
  ["docker.io by name", { "docker.io": auth("u:p") }, "docker.io", "u:p"],
  ["an old entry with a scheme", { "https://ghcr.io/v1/": auth("u:p") }, "ghcr.io", "u:p"],
  ["another host", { "ghcr.io": auth("u:p") }, "quay.io", "anonymous"],
  ["another port", { "h:1": auth("u:p") }, "h:2", "anonymous"],
  ["a host that ends the same", { "evil-ghcr.io": auth("u:p") }, "ghcr.io", "anonymous"],
  ["a host below", { "ghcr.io": auth("u:p") }, "x.ghcr.io", "anonymous"],
  ["a token for renewing", { h: { identitytoken: "t", ...auth("u:p") } }, "h", "refresh-token t"],
  ["a token for requests", { h: { registrytoken: "t" } }, "h", "bearer t"],
  ["an entry without anything", { h: {} }, "h", "anonymous"],
  [
    "the most specific path",
    { h: auth("u:1"), "h/team": auth("u:2"), "h/team/app": auth("u:3") },
    "h",
    "u:3",
  ],
  ["a path above", { h: auth("u:1"), "h/team": auth("u:2"), "h/other": auth("u:3") }, "h", "u:2"],
  ["a key that every object has", {}, "constructor", "anonymous"],
] as const)
  test(`credentials: ${name}`, async (t) => {
    assert.equal(shown(await find(t, { auths }, domain)), expected);
  });

for (const [name, content] of [
  ["no JSON", '{"auths": {"h": {"auth": "c2VjcmV0"'],
  ["no object", "[1]"],
  ["an auth without a colon", JSON.stringify({ auths: { h: { auth: "c2VjcmV0" } } })],
  ["holding a token with a line break", JSON.stringify({ auths: { h: { registrytoken: "c2VjcmV0\nx" } } })],
  ["too long", " ".repeat(2_000_000)],
] as const)
  test(`a config that is ${name} is refused without showing what is in it`, async (t) => {
    const file = temporaryFile(t, "config.json", content);
    const found = createDockerCredentials({ files: [file], environment: {} }).find("h", "a", signal);
    await assert.rejects(found, (error: Error & { code?: string }) => {
      assert.equal(error.code, "CREDENTIALS_INVALID");
      assert.ok(!/c2VjcmV0|secret/.test(inspect(error)));
      return true;
    });
  });

test("any JSON is credentials, none, or CREDENTIALS_INVALID", async (t) => {
  const file = temporaryFile(t, "config.json", "");
  const entry = fc.oneof(
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.record({ auth: fc.base64String(), identitytoken: fc.string() }),
  );
  const document = fc.oneof(
    fc.json(),
    fc
      .record({
        auths: fc.dictionary(fc.constantFrom("h", "h/a", "__proto__", ""), entry),
        credsStore: fc.anything(),
      })
      .map((one) => JSON.stringify(one)),
  );
  await fc.assert(
    fc.asyncProperty(document, async (text) => {
      writeFileSync(file, text);
      const credentials = createDockerCredentials({
        files: [file],
        environment: {},
        runHelper: async () => undefined,
      });
      await credentials.find("h", "a", signal).then(shown, (error: { code?: string }) => {
        assert.equal(error.code, "CREDENTIALS_INVALID");
      });
    }),
    { numRuns: 1000 },
  );
});

test("files that do not exist are passed over; the first with an entry counts", async (t) => {
  const second = temporaryFile(t, "auth.json", JSON.stringify({ auths: { h: auth("second:p") } }));
  const first = temporaryFile(t, "config.json", JSON.stringify({ auths: { other: auth("first:p") } }));
  const files = ["/nowhere/config.json", first, second];
  const credentials = createDockerCredentials({ files, environment: {} });
  assert.equal(shown(await credentials.find("h", "a", signal)), "second:p");
  assert.equal(shown(await credentials.find("other", "a", signal)), "first:p");
});

test("a helper for one registry goes before the store for all, and both before the file", async (t) => {
  const asked: string[] = [];
  const document = { auths: { c: auth("file:p") }, credHelpers: { a: "one" }, credsStore: "all" };
  const file = temporaryFile(t, "config.json", JSON.stringify(document));
  const credentials = createDockerCredentials({
    files: [file],
    environment: {},
    runHelper: async ({ name, server }) => {
      asked.push(`${name} ${server}`);
      return server === "c" ? undefined : { kind: "password", username: name, password: new Secret("p") };
    },
  });
  for (const [domain, expected] of [
    ["a", "one:p"],
    ["b", "all:p"],
    ["c", "file:p"],
    ["docker.io", "all:p"],
  ] as const)
    assert.equal(shown(await credentials.find(domain, "x", signal)), expected);
  assert.deepEqual(asked, ["one a", "all b", "all c", "all https://index.docker.io/v1/"]);
});

/** Puts docker-credential-fake, a shell script, on a PATH of its own. */
function helperPath(t: TestContext, script: string): string {
  const path = temporaryFile(t, "docker-credential-fake", `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${path.slice(0, path.lastIndexOf("/"))}:/usr/bin:/bin`;
}

const helperCases: readonly (readonly [string, string, string])[] = [
  [
    "a password",
    'read s; echo "{\\"ServerURL\\":\\"$s\\",\\"Username\\":\\"u\\",\\"Secret\\":\\"$s\\"}"',
    "u:h",
  ],
  ["a token", 'echo \'{"Username":"<token>","Secret":"t"}\'', "refresh-token t"],
  ["nothing, in docker's words", "echo credentials not found in native keychain; exit 1", "anonymous"],
  ["nothing, with an empty secret", 'echo \'{"Username":"","Secret":""}\'', "anonymous"],
  [
    "only what it may see of the environment",
    'echo "{\\"Username\\":\\"$CANARY-$HOME\\",\\"Secret\\":\\"x\\"}"',
    "-/h:x",
  ],
];

for (const [name, script, expected] of helperCases)
  test(`a helper that gives ${name}`, async (t) => {
    const environment = { PATH: helperPath(t, script), CANARY: "leak", HOME: "/h" };
    const found = await runHelper({ name: "fake", server: "h", environment, signal });
    assert.equal(found === undefined ? "anonymous" : shown(found), expected);
  });

const helperFailures: readonly (readonly [string, string, RegExp])[] = [
  ["fails", "echo secret-canary; exit 3", /ended with code 3/],
  ["talks too much", "yes secret-canary", /more than 65536 bytes/],
  ["says no JSON", "echo secret-canary", /no JSON/],
  ["says something else", 'echo \'{"Username":"secret-canary"}\'', /no Username and Secret/],
  ["never ends", "exec sleep 60", /longer than 0.3 s/],
];

for (const [name, script, message] of helperFailures)
  test(`a helper that ${name} is an error that shows none of its output`, async (t) => {
    const environment = { PATH: helperPath(t, script) };
    const asked = runHelper({ name: "fake", server: "h", environment, signal, timeoutMs: 300 });
    await assert.rejects(asked, (error: Error & { code?: string }) => {
      assert.equal(error.code, "CREDENTIAL_HELPER_FAILED");
      assert.match(error.message, message);
      assert.ok(!inspect(error).includes("secret-canary"));
      return true;
    });
  });

test("a helper that is missing is an error, never a reason to go on without credentials", async (t) => {
  const file = temporaryFile(
    t,
    "config.json",
    JSON.stringify({ credsStore: "missing", auths: { h: auth("u:p") } }),
  );
  const credentials = createDockerCredentials({ files: [file], environment: { PATH: "/nowhere" } });
  await assert.rejects(credentials.find("h", "a", signal), { code: "CREDENTIAL_HELPER_FAILED" });
});

for (const name of ["../x", "a/b", "a b", "A", "", "a;b", "a\n", "é"])
  test(`${JSON.stringify(name)} is no name of a helper`, async () => {
    const asked = runHelper({ name, server: "h", environment: { PATH: "/" }, signal });
    await assert.rejects(asked, { code: "CREDENTIALS_INVALID" });
  });

test("cancelling kills a helper that waits", async (t) => {
  const controller = new AbortController();
  const environment = { PATH: helperPath(t, "exec sleep 60") };
  const asked = runHelper({ name: "fake", server: "h", environment, signal: controller.signal });
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(asked, (error) => error === reason);
});

test("a secret shows itself to nobody who does not ask", () => {
  const secret = new Secret("canary");
  for (const text of [
    secret.toString(),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    String([secret]),
  ])
    assert.ok(!text.includes("canary"), text);
  assert.equal(secret.reveal(), "canary");
});
