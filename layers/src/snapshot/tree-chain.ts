import {
  bytesFromText,
  nameOf,
  openRootDir,
  parentOf,
  type RootDir,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import { type OverlayMarks, overlayMarks } from "../layer-index/overlay-marks.ts";
import { isWhiteout, type LowerChain, type LowerEntry } from "./lower-chain.ts";

/** Merges the trees at each lookup, as overlayfs would: for kernels that cannot mount them; some µs for each layer that has the directory. */
export function openTreeChain(trees: readonly string[]): LowerChain {
  return new TreeChain(trees);
}

class TreeChain implements LowerChain {
  readonly #roots: readonly RootDir[];
  /** The root directories that count. */
  readonly #top: ReadonlyMap<number, RootDir>;
  readonly #marks: OverlayMarks = overlayMarks();
  /** Which layers make up a directory, topmost first; empty where the merged tree has none. */
  readonly #layersOf = new Map<TreePath, readonly number[]>();
  /** The directory last looked into, opened in each of its layers: entries are asked for directory by directory. */
  #current: { readonly path: TreePath; readonly directories: ReadonlyMap<number, RootDir> } | undefined;

  constructor(trees: readonly string[]) {
    this.#roots = trees.map((tree) => openRootDir(bytesFromText(tree)));
    this.#top = new Map(this.#layers(rootPath).map((layer) => [layer, this.#roots[layer] as RootDir]));
  }

  lookup(path: TreePath): LowerEntry | undefined {
    const directories = this.#open(parentOf(path));
    const name = nameOf(path) as TreePath;
    for (const directory of directories.values()) {
      const stat = directory.tryLstat(name);
      if (stat) return isWhiteout(stat) ? undefined : { stat, directory, name };
    }
    return undefined;
  }

  list(directory: TreePath): string[] {
    const names = new Map<string, "shown" | "hidden">();
    for (const opened of this.#open(directory).values())
      for (const name of opened.list(rootPath))
        if (!names.has(name))
          names.set(name, isWhiteout(opened.lstat(name as TreePath)) ? "hidden" : "shown");
    return [...names].filter(([, state]) => state === "shown").map(([name]) => name);
  }

  [Symbol.dispose](): void {
    this.#close();
    for (const root of this.#roots) root[Symbol.dispose]();
  }

  #open(path: TreePath): ReadonlyMap<number, RootDir> {
    if (path === rootPath) return this.#top;
    if (this.#current?.path === path) return this.#current.directories;
    const layers = this.#layers(path);
    this.#close();
    const directories = new Map(
      layers.map((layer) => [layer, (this.#roots[layer] as RootDir).openRoot(path)] as const),
    );
    this.#current = { path, directories };
    return directories;
  }

  #close(): void {
    for (const directory of this.#current?.directories.values() ?? []) directory[Symbol.dispose]();
    this.#current = undefined;
  }

  #layers(path: TreePath): readonly number[] {
    const known = this.#layersOf.get(path);
    if (known) return known;
    const layers = path === rootPath ? this.#untilOpaque(this.#roots.keys(), path) : this.#layersBelow(path);
    this.#layersOf.set(path, layers);
    return layers;
  }

  #layersBelow(path: TreePath): readonly number[] {
    const parents = this.#layers(parentOf(path));
    const directories: number[] = [];
    for (const layer of parents) {
      const stat = (this.#roots[layer] as RootDir).tryLstat(path);
      if (!stat) continue;
      // A file or a whiteout ends the merge; at the top it is what shows.
      if (stat.type !== "directory") break;
      directories.push(layer);
    }
    return this.#untilOpaque(directories, path);
  }

  #untilOpaque(layers: Iterable<number>, path: TreePath): readonly number[] {
    const visible: number[] = [];
    for (const layer of layers) {
      visible.push(layer);
      if ((this.#roots[layer] as RootDir).listXattrs(path).has(this.#marks.opaque)) break;
    }
    return visible;
  }
}
