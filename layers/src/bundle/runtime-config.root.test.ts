import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { busyboxLayer } from "../../testing/busybox-image.ts";
import { memoryView } from "../../testing/memory-view.ts";
import { temporaryDirectory } from "../../testing/temporary-store.ts";
import type { ImageConfig } from "../image/config.ts";
import { runtimeConfig, writeRuntimeConfig } from "./runtime-config.ts";

test("bundle: runc starts it as the image says", async () => {
  using directory = temporaryDirectory();
  const rootfs = join(directory.path, "rootfs");
  mkdirSync(rootfs);
  const unpacked = spawnSync("tar", ["-x", "-C", rootfs], { input: busyboxLayer() });
  assert.equal(unpacked.status, 0, unpacked.stderr.toString());
  const image: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: {
      User: "app",
      Env: ["GREETING=hello"],
      WorkingDir: "srv",
      Entrypoint: ["/bin/busybox", "sh", "-c"],
      Cmd: ["busybox id; echo $GREETING $HOME; busybox pwd; busybox hostname"],
    },
    rootfs: { type: "layers", diff_ids: [] },
  };
  const view = memoryView({
    "etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/srv:/bin/sh\n",
    "etc/group": "root:x:0:\napp:x:1001:\ntools:x:50:app\n",
  });
  const spec = await runtimeConfig(image, view, { hostname: "box" });
  writeFileSync(join(directory.path, "config.json"), writeRuntimeConfig(spec));
  const id = `tsbuild-bundle-${process.pid}`;
  const ran = spawnSync("runc", ["run", "--bundle", directory.path, id], {
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.stdout, "uid=1000(app) gid=1001(app) groups=50(tools),1001(app)\nhello /srv\n/srv\nbox\n");
});
