import { readFileSync } from "node:fs";
import { mediaTypes } from "../src/descriptor.ts";
import { type ContainerConfig, writeImageConfig } from "../src/image/config.ts";
import { writeManifest } from "../src/image/manifest.ts";
import { hostPlatform } from "../src/image/platform.ts";
import type { Store } from "../src/store/store.ts";
import { tarOf } from "./tar-of.ts";

/** The files of an image that runs: Debian's static busybox, and a user. */
export function busyboxLayer(): Buffer {
  return tarOf([
    ["bin/", {}],
    ["bin/busybox", { mode: 0o755, content: readFileSync("/bin/busybox") }],
    ["bin/sh", { type: "symlink", linkTarget: "busybox" }],
    ["etc/", {}],
    ["etc/group", "root:x:0:\napp:x:1001:\ntools:x:50:app\n"],
    ["etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/srv:/bin/sh\n"],
    ["srv/", {}],
  ]);
}

/** Puts a busybox image with this config into a store. */
export async function putBusybox(store: Store, name: string, config: ContainerConfig): Promise<void> {
  await using lease = await store.lease("busybox");
  const layer = await store.blobs.put(busyboxLayer(), { mediaType: mediaTypes.ociLayer }, lease);
  const bytes = writeImageConfig({
    ...hostPlatform(),
    created: "2020-01-02T03:04:05Z",
    config,
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: "2020-01-02T03:04:05Z", created_by: "COPY busybox <here>" }],
  });
  const configBlob = await store.blobs.put(bytes, { mediaType: mediaTypes.ociConfig }, lease);
  const document = writeManifest({ mediaType: mediaTypes.ociManifest, config: configBlob, layers: [layer] });
  const manifest = await store.blobs.put(document, { mediaType: mediaTypes.ociManifest }, lease);
  const record = {
    name,
    manifest,
    id: configBlob.digest,
    platform: hostPlatform(),
    size: layer.size,
    createdMs: 0,
  };
  store.images.put({ ...record, origin: "built" });
}
