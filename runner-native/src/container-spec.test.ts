import assert from "node:assert/strict";
import { test } from "node:test";
import { containerSpec, type ContainerSpecOptions, defaultCapabilities } from "./container-spec.ts";

const options: ContainerSpecOptions = {
  argv: ["true"],
  env: ["A=b"],
  cwd: "/",
  user: { uid: 1, gid: 2 },
  network: "none",
};

test("docker's capabilities are fourteen, and none is inheritable or ambient", () => {
  const sets = containerSpec(options).process.capabilities;
  assert.equal(defaultCapabilities.length, 14);
  assert.deepEqual([sets?.inheritable, sets?.ambient], [[], []]);
  assert.deepEqual(sets?.bounding, defaultCapabilities);
});

test("the host's network brings the host's /sys, read-only all the way down", () => {
  const { mounts, linux } = containerSpec({ ...options, network: "host" });
  assert.ok(!linux.namespaces.some(({ type }) => type === "network"));
  const sys = mounts.find(({ destination }) => destination === "/sys");
  assert.ok(sys?.type === "bind" && sys.options?.includes("rro"));
});

test("a network of its own brings a fresh sysfs", () => {
  const { mounts, linux } = containerSpec(options);
  assert.ok(linux.namespaces.some(({ type }) => type === "network"));
  assert.equal(mounts.find(({ destination }) => destination === "/sys")?.type, "sysfs");
});

test("own mounts come after the default ones", () => {
  const mount = { destination: "/x", type: "tmpfs", source: "tmpfs" };
  assert.deepEqual(containerSpec({ ...options, mounts: [mount] }).mounts.at(-1), mount);
});

test("an insecure container is told to runtimes as what may open every device, with nothing hidden", () => {
  const { process, linux, mounts } = containerSpec({ ...options, security: "insecure", resources: {} });
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths], [undefined, undefined]);
  assert.deepEqual(linux.resources, { devices: [{ allow: true, access: "rwm" }] });
  assert.deepEqual(process.capabilities?.ambient, process.capabilities?.bounding);
  assert.ok(!mounts.find(({ destination }) => destination === "/sys")?.options?.includes("ro"));
});

test("the size of /dev/shm is docker's, or the one given", () => {
  const shm = (given: Partial<ContainerSpecOptions>): readonly string[] =>
    containerSpec({ ...options, ...given })
      .mounts.find(({ destination }) => destination === "/dev/shm")
      ?.options?.filter((option) => option.startsWith("size=")) ?? [];
  assert.deepEqual([shm({}), shm({ shmSizeBytes: 4096 })], [["size=65536k"], ["size=4096"]]);
});
