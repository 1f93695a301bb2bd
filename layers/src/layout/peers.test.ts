import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { putBusybox } from "../../testing/busybox-image.ts";
import { temporaryDirectory, temporaryStore } from "../../testing/temporary-store.ts";
import { loadImages } from "./load-images.ts";
import { readArchive } from "./read-archive.ts";
import { layoutArchive, writeLayoutDirectory } from "./write-layout.ts";

const { signal } = new AbortController();
const config = { Cmd: ["sh"], Env: ["A=b"], User: "app", Labels: { k: "v" } };
const name = "docker.io/library/box:v1";

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

for (const [form, transport] of [
  ["oci", "oci-archive"],
  ["docker", "docker-archive"],
] as const)
  test(`peers: skopeo reads an archive in the form ${form}, and what it writes is read back`, async () => {
    await using temporary = temporaryStore();
    const { store } = temporary;
    await putBusybox(store, name, config);
    const image = store.images.get(name);
    assert.ok(image);
    using directory = temporaryDirectory();
    const archive = join(directory.path, "image.tar");
    const chunks = layoutArchive(store.blobs, [{ names: [name], manifest: image.manifest }], {
      form,
      signal,
    });
    await pipeline(Readable.from(chunks), createWriteStream(archive));

    const inspected = JSON.parse(run("skopeo", "inspect", "--config", `${transport}:${archive}`)) as unknown;
    assert.deepEqual((inspected as { config: unknown }).config, config);
    const again = join(directory.path, "again.tar");
    run("skopeo", "copy", "--quiet", `${transport}:${archive}`, `${transport}:${again}:box:v2`);

    await using other = temporaryStore();
    await using lease = await other.store.lease("load");
    const source = await readArchive(other.store, Readable.from([readFileSync(again)]), {
      what: again,
      lease,
      signal,
    });
    const [loaded] = await loadImages(other.store, source, { lease, platform: undefined });
    assert.deepEqual(
      loaded?.config.rootfs,
      JSON.parse(JSON.stringify((inspected as { rootfs: unknown }).rootfs)),
    );
    assert.match(loaded?.names[0] ?? "", /v2$/);
  });

test("peers: umoci reads and unpacks a layout directory; skopeo verifies every blob", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await putBusybox(store, name, config);
  const image = store.images.get(name);
  assert.ok(image);
  using directory = temporaryDirectory();
  const layout = join(directory.path, "layout");
  await writeLayoutDirectory(store.blobs, [{ names: [name], manifest: image.manifest }], layout, {
    form: "oci",
    signal,
  });
  const stat = JSON.parse(run("umoci", "stat", "--json", "--image", `${layout}:v1`)) as { history: object[] };
  assert.equal(stat.history.length, 1);
  run("umoci", "unpack", "--rootless", "--image", `${layout}:v1`, join(directory.path, "bundle"));
  assert.ok(existsSync(join(directory.path, "bundle", "rootfs", "bin", "busybox")));
  run("skopeo", "copy", "--quiet", `oci:${layout}:v1`, `dir:${join(directory.path, "dir")}`);
});

test("peers: skopeo reads the store itself, by image name", async () => {
  await using temporary = temporaryStore();
  const { store } = temporary;
  await putBusybox(store, "localhost/box:v1", config);
  const inspected = run("skopeo", "inspect", "--config", `oci:${store.root}:localhost/box:v1`);
  assert.equal((JSON.parse(inspected) as { created: string }).created, "2020-01-02T03:04:05Z");
});
