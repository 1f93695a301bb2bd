import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeviceRegistry } from "./devices/device-registry.ts";
import { checkEntitlements, readEntitlements } from "./entitlements.ts";
import { lower } from "./graph/lower/lower.ts";
import { parseDockerfile } from "./dockerfile/stages.ts";
import type { BuildRequest } from "./request.ts";

const platform = { os: "linux", architecture: "amd64" };

function check(run: string, given: Partial<BuildRequest> = {}): void {
  const text = `FROM scratch\nCOPY a /\n${run}\n`;
  const lowered = lower(
    parseDockerfile("Dockerfile", text),
    { buildPlatform: platform, ...(given.network === undefined ? {} : { network: given.network }) },
    () => undefined,
  );
  assert.ok(lowered.kind === "graph");
  const request: BuildRequest = {
    dockerfile: { name: "Dockerfile", text },
    context: { directory: "/" },
    exports: [],
    signal: new AbortController().signal,
    ...given,
  };
  checkEntitlements(lowered.graph.steps, request, createDeviceRegistry(["/nowhere"]));
}

for (const [name, run, request] of [
  ["the default needs none", "RUN true", {}],
  ["said out loud it needs none either", "RUN --network=default --security=sandbox true", {}],
  ["no network needs none", "RUN --network=none true", {}],
  ["network.host", "RUN --network=host true", { allow: ["network.host"] }],
  ["a build on the host's network allows it", "RUN --network=host true", { network: "host" }],
  ["security.insecure", "RUN --security=insecure true", { allow: ["", "security.insecure"] }],
] as const)
  test(`allowed: ${name}`, () => check(run, request));

for (const [run, request, missing] of [
  ["RUN --network=host true", {}, "network.host"],
  ["RUN --network=host true", { network: "none", allow: ["security.insecure"] }, "network.host"],
  ["RUN --security=insecure true", { network: "host", allow: ["device"] }, "security.insecure"],
] as const)
  test(`not allowed: ${run} without ${missing}`, () =>
    assert.throws(() => check(run, request), {
      code: "NOT_ALLOWED",
      exitCode: 4,
      message: `entitlement ${missing} is not allowed`,
      hint: new RegExp(`--allow ${missing}$`),
      location: { file: "Dockerfile", line: 3, column: 1, endLine: 3 },
    }));

test("devices are allowed all, by name, or for the name that a Dockerfile uses", () => {
  const devices = (...allow: readonly string[]): unknown => readEntitlements({ allow }).devices;
  assert.equal(devices("device=a/b=c", "device"), "all");
  assert.deepEqual(
    devices("device=a/b=c", "device=d/e=f,alias=x/y=z"),
    new Map([
      ["a/b=c", "a/b=c"],
      ["x/y=z", "d/e=f"],
    ]),
  );
});

for (const [text, message] of [
  ["network", "unknown entitlement network"],
  ["network.host=x", "unknown entitlement network.host=x"],
  ["device=a,name=b", 'unknown device config key "name=b"'],
] as const)
  test(`refused: --allow ${text}`, () =>
    assert.throws(() => readEntitlements({ allow: [text] }), { code: "OPTION_INVALID", message }));
