import { readFileSync, writeFileSync } from "node:fs";
import {
  bytesFromText,
  hasErrno,
  openRootDir,
  parentOf,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import type { LayerRecord } from "../store/store.ts";
import type { TarSink } from "../tar/entry.ts";
import { createTarParser } from "../tar/read.ts";
import { effectiveDirectory } from "../layer-index/effective.ts";
import { createIndexBuilder, type IndexBuilder, plainDirectory } from "../layer-index/index-builder.ts";
import { decodeIndex, encodeIndex } from "../layer-index/index-file.ts";
import { indexTree } from "../layer-index/index-tree.ts";
import { layerBytes } from "./layer-bytes.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import type { LayerSurroundings } from "./surroundings.ts";
import type { TreeView } from "../tree/tree-view.ts";

/** The tree of the chain below; asked for only where a layer leaves something open. */
export type ChainBelow = () => Promise<TreeView>;

/** Reading so few headers of a tar costs no more than reading an index. */
const entriesWorthAFile = 256;

/** The index as it was saved; undefined when it was not, or the file is damaged. */
export function loadIndex({ store }: LayerSurroundings, record: LayerRecord): LayerIndex | undefined {
  if (!record.hasIndex) return undefined;
  try {
    return decodeIndex(readFileSync(indexPath(store.treePath(record.id))));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Saves an index where it is worth it; says whether it did. */
export function saveIndex(
  { store }: LayerSurroundings,
  record: LayerRecord,
  index: LayerIndex,
): "saved" | "left" {
  const isCheapAgain = record.tar !== undefined && index.entries.size < entriesWorthAFile;
  if (isCheapAgain || record.hasIndex || store.readOnly) return "left";
  // Not by way of a temporary file: a torn index is recognised and made again.
  writeFileSync(indexPath(store.treePath(record.id)), encodeIndex(index), { mode: 0o600 });
  return "saved";
}

/** Makes the index from a blob, or else from the tree. Undefined when there is neither. */
export async function readIndex(
  { store, marks, work }: LayerSurroundings,
  record: LayerRecord,
  below: ChainBelow,
): Promise<LayerIndex | undefined> {
  const bytes = layerBytes({ store, work }, record);
  if (bytes) {
    const builder = createIndexBuilder();
    await parseLayer(bytes, indexSink(builder));
    return finishIndex(builder, below);
  }
  if (!record.hasTree) return undefined;
  using root = openRootDir(bytesFromText(store.treePath(record.id)));
  return indexTree(root, marks, effectiveDirectory(await below(), rootPath));
}

export async function parseLayer(bytes: AsyncIterable<Uint8Array>, sink: TarSink): Promise<void> {
  const parser = createTarParser(sink);
  for await (const chunk of bytes) parser.write(chunk);
  parser.finish();
}

/**
 * Directories without an entry of their own are what they are in the chain below, and whiteouts that hide nothing are dropped:
 * overlayfs shows the names of whiteouts in a directory that only one layer has.
 */
export async function finishIndex(builder: IndexBuilder, below: ChainBelow): Promise<LayerIndex> {
  if (builder.implied.size + builder.whiteouts.size === 0) return builder.finish(() => plainDirectory);
  using view = await below();
  const index = builder.finish((path) => effectiveDirectory(view, path));
  const whiteouts = [...index.whiteouts].filter(
    (path) => view.lookup(path) && isMerged(index, parentOf(path)),
  );
  return { ...index, whiteouts: new Set(whiteouts) };
}

/** Whether the chain below shows through a directory of the layer. */
function isMerged({ whiteouts, opaques }: LayerIndex, directory: TreePath): boolean {
  for (let at = directory; ; at = parentOf(at)) {
    if (opaques.has(at) || whiteouts.has(at)) return false;
    if (at === rootPath) return true;
  }
}

function indexSink(builder: IndexBuilder): TarSink {
  return { entry: (entry, offset) => void builder.add(entry, offset), data: () => {}, end: () => {} };
}

function indexPath(tree: string): string {
  return `${tree}.index`;
}
