import { nameOf, parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { createFileHasher, type FileHasher } from "../digest.ts";
import { layersError } from "../errors.ts";
import type { BlobWriter } from "../store/blob-store.ts";
import { createTurns, type Turns } from "../turns.ts";
import type { TarEntry } from "../tar/entry.ts";
import { blockBytes } from "../tar/limits.ts";
import { createTarWriter, type TarWriter } from "../tar/write.ts";
import { effectiveDirectory } from "../layer-index/effective.ts";
import { directoryEntry, layerEntry, plainDirectory } from "../layer-index/index-builder.ts";
import type { LayerEntry, LayerIndex } from "../layer-index/layer-index.ts";
import type { ContentSource, FileContent, LayerWriter } from "./layer-store.ts";
import type { Layer } from "./layer.ts";
import type { TreeView } from "../tree/tree-view.ts";
import { isWhiteoutName, opaquePath, whiteoutPath } from "../layer-index/whiteout.ts";

/** A layer that has been written as a tar. */
export interface WrittenLayer {
  readonly tar: Descriptor;
  readonly index: LayerIndex;
}

export interface LayerWriterOptions {
  /** Asked for once something is to be written. */
  readonly blob: (options: { readonly expectedBytes: number }) => BlobWriter;
  /** The tree of the chain below; asked for only when a directory has no entry of its own. */
  readonly below: () => Promise<TreeView>;
  readonly signal: AbortSignal | undefined;
  /** Makes the layer of what was written; undefined when nothing was. */
  readonly record: (written: WrittenLayer | undefined) => Promise<Layer>;
}

/** An entry and where its bytes come from. */
interface Added {
  readonly entry: TarEntry & { readonly path: TreePath };
  readonly content: ContentSource | undefined;
}

export interface LayerContents {
  readonly added: readonly Added[];
  readonly whiteouts: ReadonlySet<TreePath>;
  readonly opaques: ReadonlySet<TreePath>;
}

/** A file of this size has turns of its own. */
const largeBytes = 16 << 20;

export function createLayerWriter({ blob, below, signal, record }: LayerWriterOptions): LayerWriter {
  const added = new Map<TreePath, Added>();
  const whiteouts = new Set<TreePath>();
  const opaques = new Set<TreePath>();
  let open: BlobWriter | undefined;
  return {
    add(entry, content) {
      refuseWhiteoutName(entry.path);
      added.set(entry.path, { entry, content });
    },
    whiteout: (path) => void whiteouts.add(path),
    opaque: (directory) => void opaques.add(directory),
    async finish() {
      if (added.size + whiteouts.size + opaques.size === 0) return record(undefined);
      open = blob({ expectedBytes: tarBytes(added.values()) });
      await addAncestors(added, [...whiteouts, ...Array.from(opaques, opaquePath)], below);
      const contents = { added: firstNamesFirst(added), whiteouts, opaques };
      added.clear();
      const index = await writeTar(open, contents, signal);
      await open.end();
      return record({ tar: open.commit({ mediaType: mediaTypes.ociLayer }), index });
    },
    [Symbol.dispose]: () => open?.[Symbol.dispose](),
  };
}

/** About how long the tar will be. */
export function tarBytes(added: Iterable<Added>): number {
  let bytes = 0;
  for (const { entry } of added) bytes += blockBytes + (entry.type === "file" ? entry.size : 0);
  return bytes;
}

/** Writes a canonical tar, in byte order, and gives the index of it. Names must be complete: every directory has its entry. */
export async function writeTar(
  blob: BlobWriter,
  { added, whiteouts, opaques }: LayerContents,
  signal: AbortSignal | undefined,
): Promise<LayerIndex> {
  const tar = createTarWriter((chunk) => blob.write(chunk), blob.room);
  const hasher = createFileHasher();
  const entries = new Map<TreePath, LayerEntry>();
  const turns = createTurns(signal);
  for (const { entry: said, content } of linesOf({ added, whiteouts, opaques })) {
    const entry: EntryDraft = layerEntry(said, said.path, undefined);
    entry.mtimeNanoseconds = 0;
    if (entry.type !== "file") tar.entry(entry);
    else if (!content || content instanceof Uint8Array) entry.contentOffset = tar.entry(entry, content);
    else if (entry.size < largeBytes) entry.contentOffset = writeFile({ tar, hasher, entry, content });
    else entry.contentOffset = await writeLargeFile({ tar, hasher, entry, content }, turns);
    if (!isWhiteoutName(nameOf(entry.path))) entries.set(entry.path, entry);
    if (turns.isOver(entry.size)) await turns.next();
  }
  tar.finish();
  return { entries, whiteouts, opaques };
}

function refuseWhiteoutName(path: TreePath): void {
  if (!path.includes(".wh.") || !path.split("/").some(isWhiteoutName)) return;
  throw layersError("COPY_CONFLICT", `the file ${JSON.stringify(path)} cannot be stored in a layer`, {
    hint: "names that begin with .wh. mean deleted files there; rename it or leave it out",
  });
}

/** Every directory above an entry gets one too (design: without it an extracted layer resets /tmp to 0755). */
async function addAncestors(
  added: Map<TreePath, Added>,
  markers: readonly TreePath[],
  below: LayerWriterOptions["below"],
): Promise<void> {
  const missing = new Set<TreePath>();
  for (const path of [...added.keys(), ...markers])
    for (let at = parentOf(path); at !== rootPath && !missing.has(at); at = parentOf(at)) {
      const there = added.get(at);
      if (!there) missing.add(at);
      else if (there.entry.type !== "directory") throw belowNonDirectory(path, at);
    }
  if (missing.size === 0) return;
  using view = await below();
  for (const path of missing)
    added.set(path, { entry: directoryEntry(path, effectiveDirectory(view, path)), content: undefined });
}

function belowNonDirectory(path: TreePath, parent: TreePath): Error {
  return layersError(
    "COPY_CONFLICT",
    `${JSON.stringify(path)} cannot be written below ${JSON.stringify(parent)}, which is no directory`,
  );
}

/** Of names that are links to each other, the first by bytes holds the data, as a reader meets it first. */
function firstNamesFirst(added: ReadonlyMap<TreePath, Added>): Added[] {
  const groups = new Map<TreePath, TreePath[]>();
  for (const { entry } of added.values()) {
    if (entry.type !== "hardlink") continue;
    const target = entry.linkTarget as TreePath;
    const names = groups.get(target) ?? [target];
    names.push(entry.path);
    groups.set(target, names);
  }
  const changed = new Map<TreePath, Added>();
  for (const [target, names] of groups) {
    const data = added.get(target);
    if (!data || data.entry.type === "hardlink" || data.entry.type === "directory")
      throw layersError(
        "TAR_INVALID",
        `${JSON.stringify(names[1])} is a hard link to ${JSON.stringify(target)}, which is no file of this layer`,
      );
    const [first, ...others] = names.sort() as [TreePath, ...TreePath[]];
    changed.set(first, { entry: { ...data.entry, path: first }, content: data.content });
    for (const path of others)
      changed.set(path, { entry: linkEntry(data.entry, path, first), content: undefined });
  }
  return Array.from(added.values(), (it) => changed.get(it.entry.path) ?? it);
}

function linkEntry(
  entry: TarEntry,
  path: TreePath,
  target: TreePath,
): TarEntry & { readonly path: TreePath } {
  return { ...entry, path, type: "hardlink", size: 0, linkTarget: target, xattrs: undefined };
}

/** All entries of the tar in its order; markers are told by their names, which no file can have. */
function linesOf({ added, whiteouts, opaques }: LayerContents): Added[] {
  const markers = [...Array.from(whiteouts, whiteoutPath), ...Array.from(opaques, opaquePath)];
  const lines = [...added, ...markers.map((path) => ({ entry: markerEntry(path), content: undefined }))];
  return lines.sort((a, b) => (a.entry.path < b.entry.path ? -1 : a.entry.path > b.entry.path ? 1 : 0));
}

/** Index entries are made once and filled in: there may be very many. */
type EntryDraft = { -readonly [Field in keyof LayerEntry]: LayerEntry[Field] };

interface WritingFile {
  readonly tar: TarWriter;
  readonly hasher: FileHasher;
  readonly entry: TarEntry;
  readonly content: FileContent;
}

function writeFile({ tar, hasher, entry, content }: WritingFile): number {
  const opened = content.open();
  try {
    if (!content.wrote) return tar.entry(entry, opened);
    hasher.begin(entry.size);
    const contentOffset = tar.entry(entry, opened, hasher.update);
    content.wrote(hasher.digest());
    return contentOffset;
  } finally {
    opened.close();
  }
}

async function writeLargeFile({ tar, hasher, entry, content }: WritingFile, turns: Turns): Promise<number> {
  const opened = content.open();
  try {
    hasher.begin(entry.size);
    const pieces = tar.pieces(entry, opened, content.wrote && hasher.update);
    let piece = pieces.next();
    for (; !piece.done; piece = pieces.next()) await turns.next();
    content.wrote?.(hasher.digest());
    return piece.value;
  } finally {
    opened.close();
  }
}

function markerEntry(path: TreePath): LayerEntry {
  return { ...directoryEntry(path, plainDirectory), type: "file", mode: 0 };
}
