import { randomBytes } from "node:crypto";
import {
  createTarWriter,
  hostPlatform,
  type Descriptor,
  type Lease,
  mediaTypes,
  openStore,
  type Store,
} from "@tsbuild/layers";
import { type BaseFile, busyboxRoot } from "./busybox-root.ts";

const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");

/** The same image every time it is made on one machine. */
const created = "2024-01-01T00:00:00Z";

/** Makes a busybox base in code and puts it into the store at `root` under a short name, as if it had been pulled. */
export async function loadBase(
  root: string,
  name: string,
  files: readonly BaseFile[] = busyboxRoot(),
): Promise<void> {
  await using store = openStore(root, { mode: "read-write", now: Date.now, randomHex });
  await using lease = await store.lease("base image");
  const layer = putLayer(store, lease, files);
  const config = await putJson(store, lease, mediaTypes.ociConfig, {
    ...hostPlatform(),
    created,
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created, created_by: "busybox" }],
  });
  const manifest = await putJson(store, lease, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer],
  });
  store.images.put({
    name: `docker.io/library/${name}:latest`,
    manifest,
    id: config.digest,
    platform: hostPlatform(),
    size: layer.size,
    createdMs: Date.parse(created),
    origin: "loaded",
  });
}

function putLayer(store: Store, lease: Lease, files: readonly BaseFile[]): Descriptor {
  using blob = store.blobs.writer(lease);
  const tar = createTarWriter((chunk) => blob.write(chunk));
  const sorted = [...files].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  for (const { entry, content } of sorted) tar.entry(entry, content);
  tar.finish();
  return blob.commit({ mediaType: mediaTypes.ociLayer });
}

function putJson(store: Store, lease: Lease, mediaType: string, document: object): Promise<Descriptor> {
  return store.blobs.put(Buffer.from(JSON.stringify(document)), { mediaType }, lease);
}
