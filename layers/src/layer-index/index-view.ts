import { closeSync, constants, openSync } from "node:fs";
import {
  bytesFromText,
  joinTreePath,
  nameOf,
  openRootDir,
  parentOf,
  type RootDir,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { blankMetadata, type Xattrs } from "../tar/entry.ts";
import { plainDirectory } from "./index-builder.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import { openedFile } from "../tree/opened-file.ts";
import type { OpenContent, TreeView, ViewEntry } from "../tree/tree-view.ts";

/** Where the bytes of one layer's files can be read: a range of its uncompressed tar, or a file of its tree. */
export interface LayerContent {
  readonly kind: "tar" | "tree";
  /** On the host. */
  readonly path: string;
}

/** One layer of a view: what it says, and how to get at its bytes once they are wanted. Views share what it has worked out. */
export interface IndexedLayer {
  readonly index: LayerIndex;
  content(): Promise<LayerContent>;
  /** The names it has and removes in each directory. */
  readonly names: () => LayerNames;
  /** The names that others are hard links to. */
  readonly linkedNames: () => ReadonlySet<string>;
}

export function indexedLayer(index: LayerIndex, content: () => Promise<LayerContent>): IndexedLayer {
  return { index, content, names: once(() => namesOf(index)), linkedNames: once(() => linkedNamesOf(index)) };
}

/** A chain of layers as one tree, merged at each lookup; `layers` has the bottom first. */
export function createIndexView(layers: readonly IndexedLayer[]): TreeView {
  return new IndexView(layers);
}

/** From which layer upwards a directory's content counts; undefined where no directory is. */
interface VisibleDirectory {
  readonly lowest: number;
}

/** The names one layer has or removes, by directory. */
export interface LayerNames {
  readonly children: ReadonlyMap<TreePath, string[]>;
  readonly whiteouts: ReadonlyMap<TreePath, string[]>;
}

interface Found {
  readonly layer: number;
  readonly entry: LayerEntry;
}

class IndexView implements TreeView {
  readonly #layers: readonly IndexedLayer[];
  readonly #directories = new Map<TreePath, VisibleDirectory | undefined>();
  readonly #contents = new Map<number, LayerContent>();
  readonly #tars = new Map<number, number>();
  readonly #trees = new Map<number, RootDir>();

  constructor(layers: readonly IndexedLayer[]) {
    this.#layers = layers;
  }

  lookup(path: TreePath): ViewEntry | undefined {
    const found = this.#find(path);
    if (found) return this.#viewEntry(found);
    return path === rootPath ? rootEntry : undefined;
  }

  list(directory: TreePath): readonly string[] {
    const visible = this.#visible(directory);
    if (!visible) return [];
    const top = this.#layers.length - 1;
    if (visible.lowest === top) return this.#layer(top).names().children.get(directory) ?? [];
    const names = new Set<string>();
    const hidden = new Set<string>();
    for (let layer = top; layer >= visible.lowest; layer--) {
      const { children, whiteouts } = this.#layer(layer).names();
      for (const name of children.get(directory) ?? []) if (!hidden.has(name)) names.add(name);
      for (const name of whiteouts.get(directory) ?? []) hidden.add(name);
    }
    return [...names].sort();
  }

  xattrs(path: TreePath): Xattrs | undefined {
    const found = this.#find(path);
    return found && this.#inode(found).xattrs;
  }

  async prepare(paths: readonly TreePath[]): Promise<void> {
    const wanted = new Set<number>();
    const pending = [...paths];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const found = this.#find(path);
      const type = found ? this.#inode(found).type : "directory";
      if (found && type === "file") wanted.add(found.layer);
      if (wanted.size === this.#layers.length) break;
      if (type !== "directory") continue;
      for (const name of this.list(path)) pending.push(joinTreePath(path, name));
    }
    const missing = [...wanted].filter((layer) => !this.#contents.has(layer));
    const contents = await Promise.all(missing.map((layer) => this.#layer(layer).content()));
    for (const [at, layer] of missing.entries()) this.#contents.set(layer, contents[at] as LayerContent);
  }

  content(path: TreePath): OpenContent {
    const found = this.#find(path);
    const inode = found && this.#inode(found);
    const from = found && this.#contents.get(found.layer);
    if (!from || inode?.type !== "file")
      throw layersError("BLOB_MISSING", `the content of ${JSON.stringify(path)} is not at hand`);
    if (from.kind === "tree") return openedFile(this.#tree(found.layer, from.path), found.entry.path);
    return {
      fd: this.#tar(found.layer, from.path),
      offset: inode.contentOffset ?? 0,
      size: inode.size,
      close: () => {},
    };
  }

  [Symbol.dispose](): void {
    for (const fd of this.#tars.values()) closeSync(fd);
    for (const root of this.#trees.values()) root[Symbol.dispose]();
    this.#tars.clear();
    this.#trees.clear();
  }

  #layer(layer: number): IndexedLayer {
    return this.#layers[layer] as IndexedLayer;
  }

  #index(layer: number): LayerIndex {
    return this.#layer(layer).index;
  }

  #tar(layer: number, path: string): number {
    const open = this.#tars.get(layer) ?? openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.#tars.set(layer, open);
    return open;
  }

  #tree(layer: number, path: string): RootDir {
    const open = this.#trees.get(layer) ?? openRootDir(bytesFromText(path));
    this.#trees.set(layer, open);
    return open;
  }

  #find(path: TreePath): Found | undefined {
    const lowest = path === rootPath ? 0 : this.#visible(parentOf(path))?.lowest;
    if (lowest === undefined) return undefined;
    for (let layer = this.#layers.length - 1; layer >= lowest; layer--) {
      const index = this.#index(layer);
      const entry = index.entries.get(path);
      if (entry) return { layer, entry };
      if (index.whiteouts.has(path)) return undefined;
    }
    return undefined;
  }

  #visible(directory: TreePath): VisibleDirectory | undefined {
    if (this.#directories.has(directory)) return this.#directories.get(directory);
    const visible = directory === rootPath ? this.#visibleRoot() : this.#visibleBelow(directory);
    this.#directories.set(directory, visible);
    return visible;
  }

  #visibleRoot(): VisibleDirectory {
    const opaque = this.#layers.findLastIndex((layer) => layer.index.opaques.has(rootPath));
    return { lowest: Math.max(0, opaque) };
  }

  #visibleBelow(directory: TreePath): VisibleDirectory | undefined {
    const parent = this.#visible(parentOf(directory));
    if (!parent) return undefined;
    let lowest: number | undefined;
    for (let layer = this.#layers.length - 1; layer >= parent.lowest; layer--) {
      const { entries, whiteouts, opaques } = this.#index(layer);
      const entry = entries.get(directory);
      if (entry && entry.type !== "directory") break;
      if (entry) lowest = layer;
      // image-spec layer.md: a whiteout or an opaque marker hides what lower layers have, never its own layer's entries.
      if (whiteouts.has(directory) || opaques.has(directory)) break;
    }
    return lowest === undefined ? undefined : { lowest };
  }

  /** The entry that holds the bytes: a hard link leads to its first name in the same layer. */
  #inode({ layer, entry }: Found): LayerEntry {
    if (entry.type !== "hardlink") return entry;
    return this.#index(layer).entries.get(entry.linkTarget as TreePath) ?? entry;
  }

  #viewEntry(found: Found): ViewEntry {
    const inode = this.#inode(found);
    const isLinked = inode.type !== "directory" && this.#layer(found.layer).linkedNames().has(inode.path);
    return {
      type: inode.type === "hardlink" ? "file" : inode.type,
      mode: inode.mode,
      uid: inode.uid,
      gid: inode.gid,
      size: inode.size,
      mtimeSeconds: inode.mtimeSeconds,
      mtimeNanoseconds: inode.mtimeNanoseconds,
      linkTarget: inode.linkTarget,
      deviceMajor: inode.deviceMajor,
      deviceMinor: inode.deviceMinor,
      hardlinkGroup: isLinked ? `${found.layer}:${inode.path}` : undefined,
    };
  }
}

/** The root of a chain that says nothing about it. */
const rootEntry: ViewEntry = {
  ...blankMetadata,
  type: "directory",
  mode: plainDirectory.mode,
  hardlinkGroup: undefined,
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function namesOf({ entries, whiteouts }: LayerIndex): LayerNames {
  return { children: namesByParent(entries.keys()), whiteouts: namesByParent(whiteouts) };
}

function linkedNamesOf({ entries }: LayerIndex): Set<string> {
  const names = new Set<string>();
  for (const entry of entries.values())
    if (entry.type === "hardlink" && entry.linkTarget !== undefined) names.add(entry.linkTarget);
  return names;
}

function namesByParent(paths: Iterable<TreePath>): Map<TreePath, string[]> {
  const names = new Map<TreePath, string[]>();
  for (const path of paths) {
    if (path === rootPath) continue;
    const parent = parentOf(path);
    const known = names.get(parent);
    if (known) known.push(nameOf(path));
    else names.set(parent, [nameOf(path)]);
  }
  return names;
}
