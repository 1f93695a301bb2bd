import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type BundleOptions,
  type ImageConfig,
  runtimeConfig,
  type TreeView,
  writeRuntimeConfig,
} from "@tsbuild/layers";
import { bytesFromText, isInUserNamespace, openRootDir } from "@tsbuild/runner-native";
import type { ExportRequest } from "../request.ts";
import type { Exported, ExportTools } from "./exporter.ts";
import { fillDirectory } from "./output-directory.ts";
import { writeTree, type WrittenTree } from "./write-tree.ts";

/** A runtime bundle: `rootfs/` and the config.json that runc and crun start it by. */
export async function exportToBundle(
  { destination }: Extract<ExportRequest, { kind: "bundle" }>,
  { image, ports, request, task, beforeWork }: ExportTools,
): Promise<Exported> {
  const { layers, randomHex } = ports;
  await beforeWork();
  await task(`writing the bundle ${destination}`, async () => {
    using view = await layers.view(image.top);
    return writeBundle({ config: image.document, view }, destination, { randomHex, signal: request.signal });
  });
  return { exporter: "bundle", names: [], path: destination };
}

export interface WriteBundleOptions extends BundleOptions {
  readonly signal: AbortSignal;
  readonly randomHex: (bytes: number) => string;
}

/**
 * Writes the bundle of an image, owners kept. Inside a user namespace it gets one too, with the same ids, so that its owner can
 * start it from outside.
 */
export async function writeBundle(
  { config, view }: { readonly config: ImageConfig; readonly view: TreeView },
  directory: string,
  { signal, randomHex, ...options }: WriteBundleOptions,
): Promise<WrittenTree> {
  const idMappings = isInUserNamespace() ? ownMappings() : undefined;
  const spec = await runtimeConfig(config, view, { ...(idMappings && { idMappings }), ...options });
  return fillDirectory(directory, randomHex, async (_, path) => {
    mkdirSync(join(path, "rootfs"), { recursive: true });
    using root = openRootDir(bytesFromText(join(path, "rootfs")));
    const written = await writeTree(view, root, { owners: "keep", signal });
    writeFileSync(join(path, "config.json"), writeRuntimeConfig(spec));
    return written;
  });
}

type IdMappings = NonNullable<BundleOptions["idMappings"]>;

function ownMappings(): IdMappings {
  return { uids: readMap("/proc/self/uid_map"), gids: readMap("/proc/self/gid_map") };
}

/** user_namespaces(7): lines of "inside outside count". */
function readMap(path: string): IdMappings["uids"] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [containerID = 0, hostID = 0, size = 0] = line.trim().split(/\s+/).map(Number);
      return { containerID, hostID, size };
    });
}
