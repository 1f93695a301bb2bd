import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDeviceRegistry, deviceMounts, type DeviceRegistry } from "./device-registry.ts";
import { readDeviceSpec } from "./device-spec.ts";

const gpus = {
  cdiVersion: "1.0.0",
  kind: "vendor.com/gpu",
  annotations: { "org.mobyproject.buildkit.device.class": "big" },
  containerEdits: { env: ["ALL=1"] },
  devices: [
    { name: "0", containerEdits: { env: ["ONE=0"], deviceNodes: [{ path: "/dev/gpu0" }] } },
    {
      name: "1",
      annotations: { "org.mobyproject.buildkit.device.class": "small" },
      containerEdits: {
        deviceNodes: [{ path: "/dev/gpu1", hostPath: "/dev/dri/card1" }],
        mounts: [{ hostPath: "/usr/lib/gpu", containerPath: "/gpu", options: ["ro", "dev"] }],
        additionalGIDs: [44],
      },
    },
  ],
};
const free = {
  cdiVersion: "1.0.0",
  kind: "vendor.com/free",
  annotations: { "org.mobyproject.buildkit.device.autoallow": "true" },
  devices: [{ name: "x", containerEdits: { env: ["X=1"] } }],
};

let directory: string;
let registry: DeviceRegistry;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "tsbuild-cdi-"));
  for (const name of ["one", "two"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "one/gpus.json"), JSON.stringify(gpus));
  writeFileSync(join(directory, "one/free.json"), JSON.stringify({ ...free, devices: [] }));
  writeFileSync(join(directory, "two/free.json"), JSON.stringify(free));
  writeFileSync(join(directory, "two/tpus.yaml"), "kind: vendor.com/tpu\n");
  registry = createDeviceRegistry(["/nowhere", join(directory, "one"), join(directory, "two")]);
});
after(() => rmSync(directory, { recursive: true }));

for (const [asked, found] of [
  ["vendor.com/gpu=0", ["0"]],
  ["vendor.com/gpu", ["0"]],
  ["vendor.com/gpu=*", ["0", "1"]],
  ["vendor.com/gpu=small", ["1"]],
  ["vendor.com/gpu=big", ["0"]],
  ["vendor.com/free=x", ["x"]],
  ["vendor.com/gpu=2", []],
  ["other.com/gpu=0", []],
] as const)
  test(`${asked} is ${found.join(" and ") || "no device"}`, () => {
    const devices = registry.find([{ name: asked, required: false }], "all");
    assert.deepEqual(
      devices.map(({ name }) => name),
      found,
    );
  });

test("a device is found once, and under an alias by the name behind it", () => {
  const both = ["vendor.com/gpu=0", "vendor.com/gpu"].map((name) => ({ name, required: true }));
  assert.equal(registry.find(both, "all").length, 1);
  const alias = new Map([["my.com/card=a", "vendor.com/gpu=1"]]);
  const [device] = registry.find([{ name: "my.com/card=a", required: true }], alias);
  assert.equal(device?.name, "1");
});

test("a required device that is not there is an error, which names files that are not read", () => {
  assert.throws(() => registry.find([{ name: "vendor.com/tpu=0", required: true }], "all"), {
    code: "DEVICE_UNKNOWN",
    message: 'required device "vendor.com/tpu=0" is not registered',
    hint: /in JSON are read: convert .*two\/tpus\.yaml/,
  });
});

for (const [name, asked, allow, refused] of [
  ["nothing is allowed", "vendor.com/gpu=0", [], "vendor.com/gpu=0"],
  ["by its name", "vendor.com/gpu=0", ["vendor.com/gpu=0"], undefined],
  ["by its kind", "vendor.com/gpu=0", ["vendor.com/gpu"], undefined],
  ["by what was asked for", "vendor.com/gpu=*", ["vendor.com/gpu=*"], undefined],
  ["one of two", "vendor.com/gpu=*", ["vendor.com/gpu=0"], "vendor.com/gpu=*"],
  ["free by its annotation", "vendor.com/free=x", [], undefined],
  ["not there and not required", "vendor.com/none", [], undefined],
] as const)
  test(`allowed: ${name}`, () => {
    const allowed = new Map(allow.map((each) => [each, each]));
    assert.equal(registry.refused([{ name: asked, required: false }], allowed), refused);
  });

test("a device brings its variables, nodes, mounts and groups, and those of its file", () => {
  const [zero, one] = registry.find([{ name: "vendor.com/gpu=*", required: true }], "all");
  assert.deepEqual(zero?.edits.env, ["ALL=1", "ONE=0"]);
  assert.deepEqual(one?.edits.groups, [44]);
  assert.deepEqual(one && deviceMounts(one), [
    {
      destination: "/dev/gpu1",
      type: "bind",
      source: "/dev/dri/card1",
      options: ["bind", "dev", "nosuid", "noexec"],
    },
    // What is no device node is not to become one.
    { destination: "/gpu", type: "bind", source: "/usr/lib/gpu", options: ["rbind", "nodev", "ro"] },
  ]);
});

for (const [name, text, message] of [
  ["no JSON", "kind: x", /^the device specification f is not valid JSON$/],
  ["no kind", "{}", /has no text where kind is wanted/],
  ["a kind without a class", '{"kind":"vendor.com"}', /has the kind "vendor.com"/],
  ["devices that are no list", '{"kind":"a/b","devices":{}}', /has no list where devices is wanted/],
  ["a device without a name", '{"kind":"a/b","devices":[{}]}', /has no text where name is wanted/],
  [
    "hooks",
    '{"kind":"a/b","devices":[{"name":"c","containerEdits":{"hooks":[{"path":"/x"}]}}]}',
    /wants hooks, which are not built/,
  ],
] as const)
  test(`refused: ${name}`, () =>
    assert.throws(() => readDeviceSpec("f", text), { code: "OPTION_INVALID", message }));
