import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryView } from "../../testing/memory-view.ts";
import type { ContainerConfig, ImageConfig } from "../image/config.ts";
import { runtimeConfig } from "./runtime-config.ts";

const view = memoryView({
  "etc/passwd": "app:x:1000:1001::/home/app:/bin/sh\n",
  "etc/group": "app:x:1001:\ntools:x:50:app\n",
});

function image(config: ContainerConfig, more: Partial<ImageConfig> = {}): ImageConfig {
  return { architecture: "amd64", os: "linux", config, rootfs: { type: "layers", diff_ids: [] }, ...more };
}

test("bundle: entrypoint and command make the arguments", async () => {
  const spec = await runtimeConfig(image({ Entrypoint: ["/app", "-v"], Cmd: ["serve"] }), view);
  assert.deepEqual(spec.process.args, ["/app", "-v", "serve"]);
  const other = await runtimeConfig(image({ Entrypoint: ["/app"], Cmd: ["serve"] }), view, {
    command: ["test"],
  });
  assert.deepEqual(other.process.args, ["/app", "test"]);
});

test("bundle: an image without a command is refused", () =>
  assert.rejects(runtimeConfig(image({}), view), { code: "MANIFEST_INVALID" }));

test("bundle: the user comes from the image's own files", async () => {
  const spec = await runtimeConfig(image({ Cmd: ["x"], User: "app" }), view);
  assert.deepEqual(spec.process.user, { uid: 1000, gid: 1001, additionalGids: [1001, 50], umask: 0o022 });
  assert.ok(spec.process.env.includes("HOME=/home/app"));
});

test("bundle: the environment is the image's, with PATH and HOME where they are missing", async () => {
  const own = await runtimeConfig(image({ Cmd: ["x"], Env: ["PATH=/bin", "HOME=/h", "A=b=c"] }), view);
  assert.deepEqual(own.process.env, ["PATH=/bin", "HOME=/h", "A=b=c"]);
  const none = await runtimeConfig(image({ Cmd: ["x"] }), view);
  assert.deepEqual(none.process.env, [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/",
  ]);
});

for (const [name, given, want] of [
  ["none is the root", undefined, "/"],
  ["an absolute one is kept", "/srv/app", "/srv/app"],
  ["a relative one starts at the root", "srv", "/srv"],
] as const)
  test(`bundle: working directory: ${name}`, async () => {
    const spec = await runtimeConfig(image({ Cmd: ["x"], ...(given && { WorkingDir: given }) }), view);
    assert.equal(spec.process.cwd, want);
  });

test("bundle: annotations say what the image is, and labels win", async () => {
  const config = {
    Cmd: ["x"],
    StopSignal: "SIGINT",
    ExposedPorts: { "80/tcp": {}, "9/udp": {} },
    Labels: { "org.opencontainers.image.author": "label", color: "red" },
  };
  const more = { author: "config", created: "2020-01-01T00:00:00Z", variant: "v8" };
  const spec = await runtimeConfig(image(config, more), view);
  assert.deepEqual(spec.annotations, {
    "org.opencontainers.image.os": "linux",
    "org.opencontainers.image.architecture": "amd64",
    "org.opencontainers.image.variant": "v8",
    "org.opencontainers.image.author": "label",
    "org.opencontainers.image.created": "2020-01-01T00:00:00Z",
    "org.opencontainers.image.stopSignal": "SIGINT",
    "org.opencontainers.image.exposedPorts": "80/tcp,9/udp",
    color: "red",
  });
});

test("bundle: for an ordinary user it has a user namespace, and no group that the map lacks", async () => {
  const single = [{ containerID: 0, hostID: 1000, size: 1 }];
  const spec = await runtimeConfig(image({ Cmd: ["x"], User: "7:7" }), view, {
    idMappings: { uids: single, gids: single },
  });
  assert.deepEqual(spec.linux.namespaces[0], { type: "user" });
  assert.deepEqual(spec.linux.uidMappings, single);
  assert.equal(spec.process.user.additionalGids, undefined);
  const pts = spec.mounts.find(({ type }) => type === "devpts");
  assert.ok(!pts?.options?.includes("gid=5"));
});
