import {
  createTarWriter,
  createTurns,
  type TarEntry,
  type TarWriter,
  type TreeChild,
  type TreeView,
  type Turns,
  walk,
} from "@tsbuild/layers";
import { rootPath, type TreePath } from "@tsbuild/runner-native";
import type { ExportRequest } from "../request.ts";
import { datedView } from "./dated-view.ts";
import { type Destination, writeDestination } from "./destination.ts";
import type { Exported, ExportTools } from "./exporter.ts";

/** The files of the image as one tar, with owners and modes, the layers merged. */
export async function exportToTar(
  { destination }: Extract<ExportRequest, { kind: "tar" }>,
  { image, epoch, ports, request, task, beforeWork }: ExportTools,
): Promise<Exported> {
  const { layers, randomHex } = ports;
  await beforeWork();
  await task("writing tarball", async () => {
    using view = datedView(await layers.view(image.top), epoch);
    const write = (to: Destination): Promise<void> => writeTar(view, to, request.signal);
    await writeDestination(destination, write, { signal: request.signal, randomHex });
  });
  return { exporter: "tar", names: [], path: destination };
}

/** Longer than anybody should have to wait for. */
const largeBytes = 16 << 20;

async function writeTar(view: TreeView, destination: Destination, signal: AbortSignal): Promise<void> {
  await view.prepare([rootPath]);
  const tar = createTarWriter((chunk) => destination.write(chunk));
  const links = new Map<string, TreePath>();
  const turns = createTurns(signal);
  signal.throwIfAborted();
  for (const { path, entry } of walk(view, rootPath)) {
    if (turns.isOver(entry.size)) await turns.next();
    if (path === rootPath || entry.type === "socket") continue;
    const group = entry.hardlinkGroup;
    const first = group === undefined ? undefined : links.get(group);
    if (group !== undefined && first === undefined) links.set(group, path);
    await writeEntry(tar, tarEntry(view, { path, entry }, first), { view, turns });
  }
  tar.finish();
}

async function writeEntry(
  tar: TarWriter,
  entry: TarEntry,
  { view, turns }: { readonly view: TreeView; readonly turns: Turns },
): Promise<void> {
  if (entry.type !== "file" || entry.size === 0) return void tar.entry(entry);
  const content = view.content(entry.path as TreePath);
  try {
    if (entry.size < largeBytes) return void tar.entry(entry, content);
    for (const _ of tar.pieces(entry, content)) await turns.next();
  } finally {
    content.close();
  }
}

function tarEntry(view: TreeView, { path, entry }: TreeChild, first: TreePath | undefined): TarEntry {
  const { hardlinkGroup: _, ...plain } = entry;
  if (first !== undefined)
    return { ...plain, path, type: "hardlink", size: 0, linkTarget: first, xattrs: undefined };
  const type = entry.type === "socket" ? "file" : entry.type;
  return { ...plain, path, type, xattrs: view.xattrs(path) };
}
