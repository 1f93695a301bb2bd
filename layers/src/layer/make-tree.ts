import { lstatSync, renameSync } from "node:fs";
import { basename, dirname } from "node:path";
import { bytesFromText, hasErrno, openRootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { fullError } from "../store/failure.ts";
import type { LayerRecord } from "../store/store.ts";
import { effectiveDirectory } from "../layer-index/effective.ts";
import { createExtraction } from "./extract.ts";
import { createIndexBuilder } from "../layer-index/index-builder.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { type ChainBelow, finishIndex, parseLayer } from "./make-index.ts";

import type { LayerSurroundings } from "./surroundings.ts";

/** Whether the tree is there and to be trusted: one that nobody synced is good in the boot that made it. */
export function isTreeUsable({ store, bootId }: LayerSurroundings, record: LayerRecord): boolean {
  if (!record.hasTree || (record.treeBoot !== undefined && record.treeBoot !== bootId)) return false;
  return lstatSync(store.treePath(record.id), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Extracts a layer into its tree, whole or not at all, and gives its index, which comes on the way. */
export async function extractTree(
  at: LayerSurroundings,
  { record, bytes, below }: { record: LayerRecord; bytes: AsyncIterable<Uint8Array>; below: ChainBelow },
): Promise<LayerIndex> {
  const temporary = at.store.temporaryDirectory("tree");
  try {
    const index = await extractInto(at, { directory: temporary, bytes, below });
    const path = at.store.treePath(record.id);
    removeTree(path);
    renameSync(temporary, path);
    return index;
  } catch (error) {
    removeTree(temporary);
    throw hasErrno(error, "ENOSPC", "EDQUOT")
      ? fullError(error, at.store.root, record.tar?.size ?? 0)
      : error;
  }
}

/** Removes a directory of our own with everything in it; silent when it is not there. */
export function removeTree(path: string): void {
  using parent = openRootDir(bytesFromText(dirname(path)));
  parent.remove(bytesFromText(basename(path)) as TreePath);
}

async function extractInto(
  { marks, ownership }: LayerSurroundings,
  { directory, bytes, below }: { directory: string; bytes: AsyncIterable<Uint8Array>; below: ChainBelow },
): Promise<LayerIndex> {
  using root = openRootDir(bytesFromText(directory));
  const builder = createIndexBuilder();
  using extraction = createExtraction(root, { builder, marks, ownership });
  await parseLayer(bytes, extraction);
  const index = await finishIndex(builder, below);
  const ownRoot = index.entries.get(rootPath);
  extraction.complete(index, ownRoot ?? effectiveDirectory(await below(), rootPath));
  return index;
}
