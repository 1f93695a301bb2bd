import {
  bytesFromText,
  hasErrno,
  type MountStub,
  openRootDir,
  parentOf,
  type RootDir,
  removeXattr,
  rootPath,
  type TreePath,
  type WalkedEntry,
  walkTree,
} from "@tsbuild/runner-native";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { overlayMarks } from "../layer-index/overlay-marks.ts";
import type { Xattrs } from "../tar/entry.ts";
import { createTurns, type Turns } from "../turns.ts";
import { openLowerChain } from "./adaptive-chain.ts";
import { decideKept } from "./decide-kept.ts";
import { indexOfNodes } from "./index-of-nodes.ts";
import { isWhiteout, type LowerChain } from "./lower-chain.ts";
import { isSameInTrees } from "./same-in-trees.ts";
import { refuseUnstorable } from "./unstorable.ts";
import { type UpperNode, upperNode } from "./upper-node.ts";

export interface SettleOptions {
  /** The upper directory, no longer mounted. */
  readonly upper: string;
  /** The trees it was mounted over, topmost first, at least one. */
  readonly lower: readonly string[];
  readonly stubs: readonly MountStub[];
  /** How to look into the trees; the cheapest way if not said. */
  readonly openChain?: (trees: readonly string[]) => LowerChain;
  readonly signal?: AbortSignal;
}

/**
 * Makes an upper directory the tree of a layer and says what it holds. What does not belong to a layer goes: copies that differ in
 * nothing from the chain below, sockets, mount stubs, attributes that are not kept; an opaque directory gets a whiteout for
 * each old name instead (as BuildKit). Looks up only what the upper directory has, so a small change over a big chain is cheap.
 * @throws the signal's reason, with the directory half settled
 */
export async function settleUpper(options: SettleOptions): Promise<LayerIndex> {
  using root = openRootDir(bytesFromText(options.upper));
  using settling = new Settling(root, options);
  await settling.read();
  await settling.dropUnchanged(options.stubs);
  await settling.restoreTimes();
  return indexOfNodes(settling.kept(), settling.whiteouts);
}

class Settling implements Disposable {
  readonly whiteouts = new Set<TreePath>();
  readonly #root: RootDir;
  readonly #turns: Turns;
  readonly #lower: readonly string[];
  readonly #openChain: (trees: readonly string[]) => LowerChain;
  #opened: LowerChain | undefined;
  readonly #opaque = overlayMarks().opaque;
  /** Made because nothing was there, so there is nothing to compare them with. */
  readonly #stubs: ReadonlySet<string>;
  /** Everything in the upper directory, parents before children; the root first. */
  readonly #nodes = new Map<TreePath, UpperNode>();
  /** Directories in which we made or removed names, and whose times are to be put back. */
  readonly #disturbed = new Set<UpperNode>();

  constructor(root: RootDir, { lower, stubs, openChain = openLowerChain, signal }: SettleOptions) {
    this.#turns = createTurns(signal);
    this.#root = root;
    this.#lower = lower;
    this.#stubs = new Set(stubs.map(({ path }) => path));
    this.#openChain = openChain;
  }

  [Symbol.dispose](): void {
    this.#opened?.[Symbol.dispose]();
  }

  async read(): Promise<void> {
    await this.#addRoot();
    for (const entry of walkTree(this.#root)) {
      await this.#add(entry);
      if (this.#turns.isOver()) await this.#turns.next();
    }
  }

  async dropUnchanged(stubs: readonly MountStub[]): Promise<void> {
    for (const { node, parent } of decideKept(this.#nodes, stubs)) {
      if (this.#turns.isOver()) await this.#turns.next();
      if (node.stat.type === "directory") this.#root.rmdir(node.path);
      else this.#root.unlink(node.path);
      this.#disturbed.add(parent);
    }
  }

  async restoreTimes(): Promise<void> {
    for (const { path, time } of this.#disturbed) {
      if (this.#turns.isOver()) await this.#turns.next();
      if (this.#nodes.has(path)) this.#root.utimes(path, time.seconds, time.nanoseconds);
    }
  }

  /** What the layer says; its root only where that is changed. */
  kept(): Iterable<UpperNode> {
    const root = this.#nodes.get(rootPath);
    if (root?.isSame) this.#nodes.delete(rootPath);
    return this.#nodes.values();
  }

  /** Opened for the first entry: many a RUN leaves none. */
  get #chain(): LowerChain {
    this.#opened ??= this.#openChain(this.#lower);
    return this.#opened;
  }

  /** Of directories that overlayfs merges the topmost says what they are like. */
  async #addRoot(): Promise<void> {
    using below = openRootDir(bytesFromText(this.#lower[0] as string));
    const stat = this.#root.lstat(rootPath);
    const xattrs = this.#cleanXattrs(this.#root, rootPath);
    const isSame = await isSameInTrees(
      { stat, directory: this.#root, name: rootPath },
      { stat: below.lstat(rootPath), directory: below, name: rootPath },
      this.#turns,
    );
    const unlinked = { target: undefined, isPure: false, isNew: false, sameAs: undefined };
    this.#nodes.set(rootPath, upperNode({ path: rootPath, stat, xattrs: xattrs.kept, isSame, ...unlinked }));
  }

  async #add(entry: WalkedEntry): Promise<void> {
    const { path, name, stat, directory } = entry;
    const parent = this.#nodes.get(parentOf(path)) as UpperNode;
    const below = this.#stubs.has(path) ? undefined : this.#chain.lookup(path);
    if (isWhiteout(stat)) return this.#addWhiteout(entry, parent, below !== undefined);
    if (stat.type === "socket") return this.#replaceSocket(entry, parent, below !== undefined);
    refuseUnstorable(path, name);
    const xattrs = this.#cleanXattrs(directory, name);
    const isPure = stat.type === "directory" && (xattrs.isOpaque || parent.isPure);
    const isSame = below !== undefined && (await isSameInTrees(entry, below, this.#turns));
    const node = upperNode({
      path,
      stat,
      xattrs: xattrs.kept,
      target: stat.type === "symlink" ? directory.readlink(name) : undefined,
      isPure,
      isSame,
      isNew: below === undefined,
      sameAs: isSame ? `${below.stat.device}:${below.stat.inode}` : undefined,
    });
    this.#nodes.set(path, node);
    if (isPure && below?.stat.type === "directory") this.#whiteOutOldNames(entry, node);
  }

  #addWhiteout({ path, name, directory }: WalkedEntry, parent: UpperNode, hides: boolean): void {
    if (hides) return this.#recordWhiteout(path, parent);
    directory.unlink(name);
    this.#disturbed.add(parent);
  }

  /** Nobody listens on it any more, and a tar cannot hold it; what it replaced stays removed. */
  #replaceSocket({ path, name, directory }: WalkedEntry, parent: UpperNode, hides: boolean): void {
    directory.unlink(name);
    this.#disturbed.add(parent);
    if (!hides) return;
    makeWhiteout(directory, name);
    this.#recordWhiteout(path, parent);
  }

  #recordWhiteout(path: TreePath, parent: UpperNode): void {
    this.whiteouts.add(path);
    parent.keptChildren += 1;
    parent.hasNewNames = true;
  }

  /** The walk finds the whiteouts when it enters the directory. */
  #whiteOutOldNames({ path, name, directory }: WalkedEntry, node: UpperNode): void {
    using opened = directory.openRoot(name, { lastLink: "nofollow" });
    const present = new Set(opened.list(rootPath));
    for (const old of this.#chain.list(path) as TreePath[]) if (!present.has(old)) makeWhiteout(opened, old);
    this.#disturbed.add(node);
  }

  /** Takes off what no layer carries, overlayfs' own marks above all, and says what was there. */
  #cleanXattrs(
    directory: RootDir,
    name: TreePath,
  ): { readonly kept: Xattrs | undefined; readonly isOpaque: boolean } {
    const found = directory.listXattrs(name);
    if (found.size === 0) return { kept: undefined, isOpaque: false };
    const kept = keptXattrs(found, "layer");
    // Labels of the host's security modules are not ours to take off.
    for (const key of found.keys())
      if (!kept?.has(key) && !key.startsWith("security."))
        takeOff(`/proc/self/fd/${directory.fd}/${name}`, key);
    return { kept, isOpaque: found.get(this.#opaque)?.toString() === "y" };
  }
}

/** XFS shows an access list under two names, of which the second goes with the first. */
function takeOff(path: string, key: string): void {
  try {
    removeXattr(path, key);
  } catch (error) {
    if (!hasErrno(error, "ENODATA")) throw error;
  }
}

function makeWhiteout(directory: RootDir, name: TreePath): void {
  directory.mknod(name, "char", 0, { major: 0, minor: 0 });
}
