import { joinTreePath, parentOf, rootPath, textFromBytes, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { TarEntry, Xattrs } from "../tar/entry.ts";
import { allChildren, type Children, childrenIn } from "../tree/children.ts";
import { fullPath, type LinkReader, resolvePath } from "../tree/resolve.ts";
import type { TreeView, ViewEntry } from "../tree/tree-view.ts";

/** A file of a tree. */
export interface PlannedFile {
  readonly kind: "view";
  readonly view: TreeView;
  readonly path: TreePath;
}

/** Where the bytes of a planned file come from. */
export type PlannedSource =
  | PlannedFile
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "range"; readonly fd: number; readonly offset: number };

/** One thing to be written; names that are hard links to each other share one object. */
export interface Planned {
  readonly entry: ViewEntry;
  readonly xattrs: Xattrs | undefined;
  readonly source: PlannedSource | undefined;
}

/** An entry of the layer to be, with the place of its content. */
export interface PlannedEntry {
  readonly entry: TarEntry & { readonly path: TreePath };
  readonly source: PlannedSource | undefined;
}

/** What missing directories are made with. */
export interface DirectoryDefaults {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
}

/**
 * The destination as it will be: the tree below, changed by what has been planned so far. Nothing is written.
 */
export class CopyTarget {
  readonly #below: TreeView;
  readonly #planned = new Map<TreePath, Planned>();
  /** What has more than one name. */
  readonly #shared = new Set<Planned>();
  /** Made when a directory is first replaced, kept up to date from then on. */
  #children: Children | undefined;
  /** Directories of the tree below that a non-directory takes the place of. */
  readonly #hidden = new Set<TreePath>();
  /** Directories whose time changes if something below them does. */
  readonly #touched = new Map<TreePath, number>();

  constructor(below: TreeView) {
    this.#below = below;
  }

  lookup(path: TreePath): ViewEntry | undefined {
    return this.#planned.get(path)?.entry ?? this.#lookupBelow(path);
  }

  planned(path: TreePath): Planned | undefined {
    return this.#planned.get(path);
  }

  /**
   * Where a path leads; its missing part is appended. With `root`, a directory free of links, absolute links start there and ".."
   * stops there. @throws COPY_CONFLICT below what is no directory
   */
  resolve(path: string, root: TreePath = rootPath): TreePath {
    const resolved = resolvePath(this.rootedAt(root), path);
    const isBelowFile =
      resolved.missing.length > 0 && resolved.path !== rootPath && resolved.entry?.type !== "directory";
    if (isBelowFile) throw notDirectory(pathBelow(root, resolved.path));
    return pathBelow(root, fullPath(resolved));
  }

  /** The tree as it is for whoever has the directory `root` for "/". */
  rootedAt(root: TreePath): LinkReader {
    return { lookup: (path) => this.lookup(pathBelow(root, path)) };
  }

  /** Makes a directory and its parents where they are missing. `path` is free of links. @throws COPY_CONFLICT */
  makeDirectories(path: TreePath, defaults: DirectoryDefaults): void {
    const missing: TreePath[] = [];
    for (let at = path; at !== rootPath; at = parentOf(at)) {
      const there = this.lookup(at);
      if (there?.type === "directory") break;
      if (there) throw notDirectory(at);
      missing.push(at);
    }
    for (const at of missing.reverse())
      this.put(at, { entry: directoryEntry(defaults), xattrs: undefined, source: undefined });
  }

  /** A file of the tree below as a new file of its own: a layer never lists a name that it does not change. */
  copyOf(path: TreePath): Planned {
    const entry = this.#lookupBelow(path);
    if (!entry) throw layersError("COPY_CONFLICT", `${shown(path)} is not there`);
    const source = entry.type === "file" ? ({ kind: "view", view: this.#below, path } as const) : undefined;
    return { entry: { ...entry, hardlinkGroup: undefined }, xattrs: this.#below.xattrs(path), source };
  }

  put(path: TreePath, planned: Planned): void {
    this.#planned.set(path, planned);
    if (this.#children) childrenIn(this.#children, parentOf(path)).add(path);
  }

  /** Says that a second name is about to get what another has: they are hard links to each other. */
  share(planned: Planned): Planned {
    this.#shared.add(planned);
    return planned;
  }

  /** A directory that exists keeps everything but its time. */
  touch(path: TreePath, mtimeSeconds: number): void {
    const planned = this.#planned.get(path);
    if (planned)
      this.put(path, { ...planned, entry: { ...planned.entry, mtimeSeconds, mtimeNanoseconds: 0 } });
    else if (path !== rootPath) this.#touched.set(path, mtimeSeconds);
  }

  /** Removes what is at a path and below it, so that something else can take its place. */
  replace(path: TreePath): void {
    if (this.lookup(path)?.type === "directory") this.#forgetBelow(path);
    this.#planned.delete(path);
    this.#touched.delete(path);
    if (this.#lookupBelow(path)?.type === "directory") this.#hidden.add(path);
  }

  xattrs(path: TreePath): Xattrs | undefined {
    const planned = this.#planned.get(path);
    return planned ? planned.xattrs : this.#below.xattrs(path);
  }

  /** Directories that are there again after they were replaced: what the tree below has in them stays hidden. */
  opaques(): TreePath[] {
    return [...this.#hidden].filter((path) => this.#planned.get(path)?.entry.type === "directory").sort();
  }

  /** In byte order; of names that are links to each other, the first holds the content. */
  *entries(): Generator<PlannedEntry> {
    this.#planTouched();
    const first = new Map<Planned, TreePath>();
    for (const path of [...this.#planned.keys()].sort()) {
      const planned = this.#planned.get(path) as Planned;
      const isShared = this.#shared.has(planned);
      const target = isShared ? first.get(planned) : undefined;
      if (isShared && target === undefined) first.set(planned, path);
      yield target === undefined
        ? { entry: tarEntry(path, planned), source: planned.source }
        : { entry: hardlinkEntry(path, target, planned), source: undefined };
    }
  }

  /** In time that depends on what is forgotten, however often an archive replaces its directories. */
  #forgetBelow(directory: TreePath): void {
    this.#children ??= allChildren(this.#planned.keys());
    const pending = [directory];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const path of this.#children.get(next) ?? []) pending.push(path);
      this.#children.delete(next);
      if (next !== directory) this.#planned.delete(next);
    }
  }

  #planTouched(): void {
    const parents = new Set<TreePath>();
    for (const path of this.#planned.keys())
      for (let at = parentOf(path); at !== rootPath && !parents.has(at); at = parentOf(at)) parents.add(at);
    for (const [path, mtimeSeconds] of this.#touched) {
      const there = parents.has(path) ? this.#lookupBelow(path) : undefined;
      if (there && !this.#planned.has(path))
        this.put(path, {
          entry: { ...there, mtimeSeconds, mtimeNanoseconds: 0 },
          xattrs: this.#below.xattrs(path),
          source: undefined,
        });
    }
    this.#touched.clear();
  }

  #lookupBelow(path: TreePath): ViewEntry | undefined {
    if (this.#hidden.size > 0)
      for (let at = path; at !== rootPath; at = parentOf(at)) if (this.#hidden.has(at)) return undefined;
    return this.#below.lookup(path);
  }
}

/** A path as users write it. */
export function shown(path: string): string {
  return `/${textFromBytes(path)}`;
}

/** BuildKit's words where a directory is needed and something else is there. */
export function notDirectory(path: TreePath): Error {
  return layersError("COPY_CONFLICT", `cannot copy to non-directory: ${shown(path)}`, {
    hint: `${shown(path)} exists and is no directory; choose another destination or remove it in a step before`,
  });
}

/** BuildKit's words where a file would take the place of a directory. */
export function isDirectory(path: TreePath): Error {
  return layersError("COPY_CONFLICT", `cannot replace to directory ${shown(path)} with file`, {
    hint: `${shown(path)} exists and is a directory; remove it in a step before, or copy to another name`,
  });
}

/** A directory with everything plain that is not said. */
export function directoryEntry(defaults: DirectoryDefaults): ViewEntry {
  return {
    type: "directory",
    mode: defaults.mode,
    uid: defaults.uid,
    gid: defaults.gid,
    size: 0,
    mtimeSeconds: defaults.mtimeSeconds,
    mtimeNanoseconds: 0,
    linkTarget: undefined,
    deviceMajor: 0,
    deviceMinor: 0,
    hardlinkGroup: undefined,
  };
}

function tarEntry(path: TreePath, { entry, xattrs }: Planned): TarEntry & { readonly path: TreePath } {
  return {
    path,
    // A socket has no place in a tar; BuildKit leaves an empty file in its stead.
    type: entry.type === "socket" ? "file" : entry.type,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.type === "file" ? entry.size : 0,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanoseconds: 0,
    linkTarget: entry.type === "symlink" ? entry.linkTarget : undefined,
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
    xattrs,
  };
}

/** A path below a directory as one of the whole tree. */
export function pathBelow(directory: TreePath, path: TreePath): TreePath {
  return path === rootPath ? directory : joinTreePath(directory, path);
}

function hardlinkEntry(
  path: TreePath,
  target: TreePath,
  planned: Planned,
): TarEntry & { readonly path: TreePath } {
  return { ...tarEntry(path, planned), type: "hardlink", size: 0, linkTarget: target, xattrs: undefined };
}
