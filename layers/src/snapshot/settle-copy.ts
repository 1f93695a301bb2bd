import {
  type FileStat,
  joinTreePath,
  type MountStub,
  parentOf,
  type RootDir,
  rootPath,
  type TreePath,
  type WalkedEntry,
  walkTree,
} from "@tsbuild/runner-native";
import { keptXattrs, sameXattrs } from "../tree/kept-xattrs.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { openedFile } from "../tree/opened-file.ts";
import type { TreeView, ViewEntry } from "../tree/tree-view.ts";
import type { Xattrs } from "../tar/entry.ts";
import { createTurns, type Turns } from "../turns.ts";
import { decideKept } from "./decide-kept.ts";
import { indexOfNodes } from "./index-of-nodes.ts";
import { sameBytes, sameMetadata } from "./same-entry.ts";
import { refuseUnstorable } from "./unstorable.ts";
import { type UpperNode, upperNode } from "./upper-node.ts";

export interface SettleCopyOptions {
  /** The copy after the RUN. */
  readonly root: RootDir;
  /** What was copied. */
  readonly below: TreeView;
  /** Taken on the same file system when the copy was complete: a file whose ctime is older was not touched since. */
  readonly copied: Pick<FileStat, "ctimeSeconds" | "ctimeNanoseconds">;
  /** Devices for which an empty file stands. */
  readonly standIns: ReadonlySet<TreePath>;
  /** Whose files the copy could not give away: then all of them belong to this user. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly stubs: readonly MountStub[];
  readonly signal?: AbortSignal;
}

/**
 * Finds what a RUN changed in a copy, by the same rule as settleUpper finds it in an upper directory; the copy stays as it is.
 * @throws the signal's reason
 */
export async function settleCopy(options: SettleCopyOptions): Promise<LayerIndex> {
  const settling = new CopySettling(options);
  await settling.read();
  return settling.index();
}

class CopySettling {
  readonly #options: SettleCopyOptions;
  readonly #turns: Turns;
  readonly #nodes = new Map<TreePath, UpperNode>();
  readonly #whiteouts = new Set<TreePath>();

  constructor(options: SettleCopyOptions) {
    this.#options = options;
    this.#turns = createTurns(options.signal);
  }

  async read(): Promise<void> {
    const { root } = this.#options;
    const stat = root.lstat(rootPath);
    await this.#addNode({ path: rootPath, name: rootPath, stat, directory: root });
    this.#whiteOutMissing(rootPath, root);
    for (const entry of walkTree(root)) {
      await this.#add(entry);
      if (this.#turns.isOver()) await this.#turns.next();
    }
  }

  index(): LayerIndex {
    decideKept(this.#nodes, this.#options.stubs);
    if (this.#nodes.get(rootPath)?.isSame) this.#nodes.delete(rootPath);
    return indexOfNodes(this.#nodes.values(), this.#whiteouts);
  }

  async #add(entry: WalkedEntry): Promise<void> {
    const { path, name, stat, directory } = entry;
    if (stat.type === "socket") {
      if (this.#options.below.lookup(path)) this.#whiteOut(path);
      return;
    }
    refuseUnstorable(path, name);
    const isDirectory = (await this.#addNode(entry)) && stat.type === "directory";
    if (!isDirectory) return;
    using opened = directory.openRoot(name, { lastLink: "nofollow" });
    this.#whiteOutMissing(path, opened);
  }

  /** True when the chain below has an entry of the same type. */
  async #addNode({ path, name, stat, directory }: WalkedEntry): Promise<boolean> {
    const below = this.#expected(path);
    const xattrs = keptXattrs(directory.listXattrs(name), "layer");
    const isSame =
      below !== undefined && (await this.#isSame({ path, name, stat, directory }, { below, xattrs }));
    this.#nodes.set(
      path,
      upperNode({
        path,
        stat,
        xattrs,
        target: stat.type === "symlink" ? directory.readlink(name) : undefined,
        isPure: false,
        isSame,
        isNew: below === undefined,
        sameAs: isSame ? (below.hardlinkGroup ?? path) : undefined,
      }),
    );
    return below?.type === stat.type;
  }

  async #isSame(
    { path, name, stat, directory }: WalkedEntry,
    { below, xattrs }: { readonly below: ViewEntry; readonly xattrs: Xattrs | undefined },
  ): Promise<boolean> {
    const { below: view, standIns } = this.#options;
    if (!sameMetadata(stat, below)) return false;
    if (stat.type === "symlink") return directory.readlink(name) === below.linkTarget;
    if (!sameXattrs(xattrs, keptXattrs(view.xattrs(path), "layer"))) return false;
    if (stat.type !== "file" || stat.size === 0 || standIns.has(path) || !this.#mayBeTouched(stat))
      return true;
    return sameBytes(openedFile(directory, name), view.content(path), this.#turns);
  }

  /** What the copy had at this path at first. */
  #expected(path: TreePath): ViewEntry | undefined {
    const entry = this.#options.below.lookup(path);
    if (!entry || entry.type === "socket") return undefined;
    const owned = this.#options.owner ? { ...entry, ...this.#options.owner } : entry;
    if (!this.#options.standIns.has(path)) return owned;
    return { ...owned, type: "file", size: 0, deviceMajor: 0, deviceMinor: 0 };
  }

  /** ctime cannot be set, so content changed with its old time put back shows; clocks tick coarsely, so equal counts as touched. */
  #mayBeTouched({ ctimeSeconds, ctimeNanoseconds }: FileStat): boolean {
    const { copied } = this.#options;
    if (ctimeSeconds !== copied.ctimeSeconds) return ctimeSeconds > copied.ctimeSeconds;
    return ctimeNanoseconds >= copied.ctimeNanoseconds;
  }

  #whiteOutMissing(directory: TreePath, opened: RootDir): void {
    const present = new Set(opened.list(rootPath));
    for (const name of this.#options.below.list(directory))
      if (!present.has(name)) this.#whiteOut(joinTreePath(directory, name));
  }

  #whiteOut(path: TreePath): void {
    const parent = this.#nodes.get(parentOf(path)) as UpperNode;
    this.#whiteouts.add(path);
    parent.keptChildren += 1;
    parent.hasNewNames = true;
  }
}
