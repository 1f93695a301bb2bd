import { closeSync, constants, openSync } from "node:fs";
import { nameOf, parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { Xattrs } from "../tar/entry.ts";
import { plainDirectory } from "./index-builder.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import type { OpenContent, TreeView, ViewEntry } from "./tree-view.ts";

/** Where the bytes of one layer's files can be read: a range of its uncompressed tar, or a file of its tree. */
export type LayerContent =
  | { readonly kind: "tar"; readonly path: string }
  | { readonly kind: "tree"; open(path: TreePath): number };

/** One layer of a view: what it says, and how to get at its bytes once they are wanted. */
export interface IndexedLayer {
  readonly index: LayerIndex;
  content(): Promise<LayerContent>;
}

/** A chain of layers as one tree, merged at each lookup; `layers` has the bottom first. */
export function createIndexView(layers: readonly IndexedLayer[]): TreeView {
  return new IndexView(layers);
}

/** From which layer upwards a directory's content counts; undefined where no directory is. */
interface VisibleDirectory {
  readonly lowest: number;
}

/** The names one layer has or removes in each directory. */
interface LayerNames {
  readonly children: ReadonlyMap<TreePath, string[]>;
  readonly whiteouts: ReadonlyMap<TreePath, string[]>;
}

interface Found {
  readonly layer: number;
  readonly entry: LayerEntry;
}

class IndexView implements TreeView {
  readonly #layers: readonly IndexedLayer[];
  readonly #names: (LayerNames | undefined)[] = [];
  readonly #directories = new Map<TreePath, VisibleDirectory | undefined>();
  readonly #contents = new Map<number, LayerContent>();
  readonly #tars = new Map<number, number>();
  readonly #groups: (Set<string> | undefined)[] = [];

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
    if (visible.lowest === top) return this.#namesOf(top).children.get(directory) ?? [];
    const names = new Set<string>();
    const hidden = new Set<string>();
    for (let layer = top; layer >= visible.lowest; layer--) {
      const { children, whiteouts } = this.#namesOf(layer);
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
      if (found && this.#inode(found).type === "file") wanted.add(found.layer);
      if (wanted.size === this.#layers.length) break;
      for (const name of this.list(path)) pending.push((path === "" ? name : `${path}/${name}`) as TreePath);
    }
    for (const layer of wanted)
      if (!this.#contents.has(layer))
        this.#contents.set(layer, await (this.#layers[layer] as IndexedLayer).content());
  }

  content(path: TreePath): OpenContent {
    const found = this.#find(path);
    const inode = found && this.#inode(found);
    const from = found && this.#contents.get(found.layer);
    if (!from || inode?.type !== "file")
      throw layersError("BLOB_MISSING", `the content of ${JSON.stringify(path)} is not at hand`);
    if (from.kind === "tree") return opened(from.open(found.entry.path), 0, inode.size);
    return {
      fd: this.#tar(found.layer, from.path),
      offset: inode.contentOffset ?? 0,
      size: inode.size,
      close: () => {},
    };
  }

  [Symbol.dispose](): void {
    for (const fd of this.#tars.values()) closeSync(fd);
    this.#tars.clear();
  }

  #index(layer: number): LayerIndex {
    return (this.#layers[layer] as IndexedLayer).index;
  }

  #tar(layer: number, path: string): number {
    const open = this.#tars.get(layer) ?? openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.#tars.set(layer, open);
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

  #namesOf(layer: number): LayerNames {
    const known = this.#names[layer];
    if (known) return known;
    const { entries, whiteouts } = this.#index(layer);
    const names = { children: namesByParent(entries.keys()), whiteouts: namesByParent(whiteouts) };
    this.#names[layer] = names;
    return names;
  }

  /** The entry that holds the bytes: a hard link leads to its first name in the same layer. */
  #inode({ layer, entry }: Found): LayerEntry {
    if (entry.type !== "hardlink") return entry;
    return this.#index(layer).entries.get(entry.linkTarget as TreePath) ?? entry;
  }

  #linkedNames(layer: number): Set<string> {
    const known = this.#groups[layer];
    if (known) return known;
    const names = new Set<string>();
    for (const entry of this.#index(layer).entries.values())
      if (entry.type === "hardlink" && entry.linkTarget !== undefined) names.add(entry.linkTarget);
    this.#groups[layer] = names;
    return names;
  }

  #viewEntry(found: Found): ViewEntry {
    const inode = this.#inode(found);
    const isLinked = inode.type !== "directory" && this.#linkedNames(found.layer).has(inode.path);
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
  type: "directory",
  mode: plainDirectory.mode,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  linkTarget: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
  hardlinkGroup: undefined,
};

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

function opened(fd: number, offset: number, size: number): OpenContent {
  return { fd, offset, size, close: () => closeSync(fd) };
}
