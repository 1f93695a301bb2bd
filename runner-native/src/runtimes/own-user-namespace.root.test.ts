import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeTestRoot, runScript, type TestRunOptions } from "../../test/container.ts";
import { createHelperRuntime } from "./helper.ts";

/** A user namespace of the container's own that knows the same ids. */
const withUserNamespace: TestRunOptions["change"] = (spec) => {
  const map = [{ containerID: 0, hostID: 0, size: 65_536 }];
  const namespaces = [...spec.linux.namespaces, { type: "user" as const }];
  return { ...spec, linux: { ...spec.linux, namespaces, uidMappings: map, gidMappings: map } };
};

test("a container can have a user namespace of its own", async () => {
  using root = makeTestRoot();
  const rootfs = root.newOverlay();
  const { stdout } = await runScript(
    "tr -s ' ' < /proc/self/uid_map; rm /etc/passwd; echo x > /dev/stdout; id -u",
    {
      runtime: createHelperRuntime(),
      root,
      rootfs,
      network: "none",
      change: withUserNamespace,
    },
  );
  assert.equal(stdout, " 0 0 65536\nx\n0\n");
  assert.ok(lstatSync(join(rootfs.upper, "etc/passwd")).isCharacterDevice(), "a whiteout");
});
