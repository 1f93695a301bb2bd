import type { TreePath } from "@tsbuild/runner-native";
import type { EntryMetadata, EntryType, Xattrs } from "../tar/entry.ts";

/** What a view knows of one path. `hardlinkGroup` is equal for two names of one file within the view, else undefined. */
export interface ViewEntry extends EntryMetadata {
  readonly type: Exclude<EntryType, "hardlink"> | "socket";
  readonly hardlinkGroup: string | undefined;
}

/** Something in a tree, with its path. */
export interface TreeChild {
  readonly path: TreePath;
  readonly entry: ViewEntry;
}

/** Content as a range of an open file; the descriptor may be shared, so read with positions and call `close` when done. */
export interface OpenContent {
  readonly fd: number;
  readonly offset: number;
  readonly size: number;
  close(): void;
}

/**
 * A read-only tree, whatever holds it: a chain of layers (over indexes and tars, or over a mount), a local context, a checkout.
 * Nothing is followed: `lookup` is lstat, and a path through a symlink is not found. Links are resolved by `resolve.ts` on top of
 * this. COPY, ADD, --from, --chown names, USER, WORKDIR and content keys use only this.
 */
export interface TreeView extends Disposable {
  lookup(path: TreePath): ViewEntry | undefined;
  /** Names in byte order; empty for what is not a directory. */
  list(directory: TreePath): readonly string[];
  /** What `list` and `lookup` say, in one go, of a view that has it at hand: a walk of very many files then looks up nothing. */
  children?(directory: TreePath): readonly TreeChild[];
  xattrs(path: TreePath): Xattrs | undefined;
  /** Makes the contents below these paths readable without waiting (pulls and extracts what is still lazy). */
  prepare(paths: readonly TreePath[]): Promise<void>;
  /** Content of a regular file; only after `prepare`. */
  content(path: TreePath): OpenContent;
}
