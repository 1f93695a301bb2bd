import { closeSync, constants, type Dirent, fstatSync, readdirSync, readlinkSync } from "node:fs";
import type { Digest, OpenContent, TreeChild, TreeView, ViewEntry, Xattrs } from "@tsbuild/layers";
import {
  type FileStat,
  fsPath,
  getXattr,
  hasErrno,
  joinTreePath,
  nameOf,
  parentOf,
  rootPath,
  textFromBytes,
  type TreePath,
} from "@tsbuild/runner-native";
import type { PathCursor } from "../../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../../errors.ts";
import { DirectoryStack } from "./directory-stack.ts";
import type { FileIdentity } from "./file-memo.ts";

/** The local directory of a context as a tree: what is ignored is not there, everything belongs to root. */
export interface ContextView extends TreeView {
  /** What is known of an entry since it was first looked at. */
  find(path: TreePath): SeenEntry | undefined;
}

/** One entry of a context, as long as the build reads it. */
export interface SeenEntry extends TreeChild {
  readonly identity: FileIdentity;
  /** Of a file that entered a key: what its bytes were. */
  digest: Digest | undefined;
  /** True once its attributes were asked for: it has none that would be copied. */
  isPlain: boolean;
}

export interface ContextViewOptions {
  /** The .dockerignore at the root of a walk. */
  readonly ignored: PathCursor;
  /** True when the file is known to have no attribute that would be copied: it is not asked for. */
  readonly isPlain: (identity: FileIdentity) => boolean;
}

/** Each directory is read once, with its entries, when something in it is first wanted; `directory` is a path of the host. */
export function createContextView(directory: string, options: ContextViewOptions): ContextView {
  return new LocalContextView(directory, options);
}

const contentFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const capability = "security.capability";

class LocalContextView implements ContextView {
  readonly #directories: DirectoryStack;
  readonly #options: ContextViewOptions;
  readonly #seen = new Map<TreePath, SeenEntry>();
  readonly #children = new Map<TreePath, readonly SeenEntry[]>();
  readonly #cursors = new Map<TreePath, PathCursor>();
  /** A file that was opened for its attribute, which is asked for right before its content. */
  #held: { readonly path: TreePath; readonly fd: number } | undefined;

  constructor(directory: string, options: ContextViewOptions) {
    this.#directories = new DirectoryStack(directory);
    this.#options = options;
    this.#cursors.set(rootPath, options.ignored);
    this.#look(rootPath, this.#directories.descriptor(rootPath), ".");
  }

  lookup(path: TreePath): ViewEntry | undefined {
    return this.find(path)?.entry;
  }

  find(path: TreePath): SeenEntry | undefined {
    const seen = this.#seen.get(path);
    if (seen || path === rootPath) return seen;
    const parent = parentOf(path);
    if (this.#children.has(parent) || this.find(parent)?.entry.type !== "directory") return undefined;
    this.#read(parent);
    return this.#seen.get(path);
  }

  list(directory: TreePath): readonly string[] {
    return this.children(directory).map(({ path }) => nameOf(path));
  }

  children(directory: TreePath): readonly SeenEntry[] {
    const known = this.#children.get(directory);
    if (known) return known;
    return this.find(directory)?.entry.type === "directory" ? this.#read(directory) : [];
  }

  xattrs(path: TreePath): Xattrs | undefined {
    const seen = this.find(path);
    if (seen?.entry.type !== "file") return undefined;
    if (seen.isPlain || this.#options.isPlain(seen.identity)) return undefined;
    this.#letGo();
    this.#held = { path, fd: this.#open(path) };
    const value = getXattr(this.#held.fd, capability);
    seen.isPlain = value === undefined;
    return value && new Map([[capability, value]]);
  }

  async prepare(): Promise<void> {}

  content(path: TreePath): OpenContent {
    const fd = this.#take(path) ?? this.#open(path);
    const stat = fstatSync(fd);
    if (stat.isFile()) return { fd, offset: 0, size: stat.size, close: () => closeSync(fd) };
    closeSync(fd);
    throw changed(path, undefined);
  }

  [Symbol.dispose](): void {
    this.#letGo();
    this.#directories[Symbol.dispose]();
  }

  #open(path: TreePath): number {
    try {
      return this.#directories.open(path, contentFlags);
    } catch (cause) {
      throw hasErrno(cause, "EACCES", "EPERM") ? unreadable(path, cause) : changed(path, cause);
    }
  }

  #take(path: TreePath): number | undefined {
    if (this.#held?.path !== path) return undefined;
    const { fd } = this.#held;
    this.#held = undefined;
    return fd;
  }

  #letGo(): void {
    if (this.#held) closeSync(this.#held.fd);
    this.#held = undefined;
  }

  #read(directory: TreePath): readonly SeenEntry[] {
    const cursor = this.#cursors.get(directory) as PathCursor;
    const own = this.#descriptor(directory);
    const doubtful = new Set<SeenEntry>();
    const visible: SeenEntry[] = [];
    for (const item of itemsOf(own)) {
      const below = cursor.enter(item.name);
      if (below.isExcluded && !(item.isDirectory() && below.mayIncludeBelow)) continue;
      const path = joinTreePath(directory, item.name);
      const seen = this.#look(path, own, item.name);
      if (!seen) continue;
      // It may have become one since the names were read.
      if (seen.entry.type === "directory") this.#cursors.set(path, below);
      visible.push(seen);
      if (below.isExcluded) doubtful.add(seen);
    }
    // An ignored directory is there as far as something below it is taken back.
    const isThere = (seen: SeenEntry): boolean => !doubtful.has(seen) || this.#read(seen.path).length > 0;
    const children = doubtful.size === 0 ? visible : visible.filter(isThere);
    for (const seen of doubtful) if (!children.includes(seen)) this.#seen.delete(seen.path);
    this.#children.set(directory, children);
    return children;
  }

  #descriptor(directory: TreePath): number {
    try {
      return this.#directories.descriptor(directory);
    } catch (cause) {
      throw hasErrno(cause, "EACCES", "EPERM") ? unreadable(directory, cause) : changed(directory, cause);
    }
  }

  #readLink(path: TreePath, directory: number, name: string): string {
    try {
      return readlinkSync(fsPath(`/proc/self/fd/${directory}/${name}`), "latin1");
    } catch (cause) {
      throw changed(path, cause);
    }
  }

  /** Undefined when it is gone already. */
  #look(path: TreePath, directory: number, name: string): SeenEntry | undefined {
    const stat = this.#directories.stat(directory, name);
    if (!stat) return undefined;
    const target = stat.type === "symlink" ? this.#readLink(path, directory, name) : undefined;
    const entry = viewEntry(stat, target);
    const seen: SeenEntry = { path, entry, identity: identityOf(stat), digest: undefined, isPlain: false };
    this.#seen.set(path, seen);
    return seen;
  }
}

/** In byte order of their names. */
function itemsOf(directory: number): Dirent[] {
  const items = readdirSync(`/proc/self/fd/${directory}`, { withFileTypes: true, encoding: "latin1" });
  return items.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of very many files no more is kept than is needed. */
function identityOf(stat: FileStat): FileIdentity {
  const { device, inode, size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds } = stat;
  return { device, inode, size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds };
}

/** The context as a user of it sees it: owners of the host mean nothing in an image. */
function viewEntry(stat: FileStat, linkTarget: string | undefined): ViewEntry {
  const { type, mode, size, mtimeSeconds, deviceMajor, deviceMinor } = stat;
  return {
    type,
    mode: type === "symlink" ? 0o777 : mode,
    uid: 0,
    gid: 0,
    size: type === "file" ? size : 0,
    mtimeSeconds,
    mtimeNanoseconds: 0,
    linkTarget,
    deviceMajor,
    deviceMinor,
    hardlinkGroup: type === "file" && stat.links > 1 ? `${stat.device}:${stat.inode}` : undefined,
  };
}

function unreadable(path: TreePath, cause: unknown): Error {
  return builderError(
    "SOURCE_MISSING",
    `${JSON.stringify(textFromBytes(path))} cannot be read: permission denied`,
    { hint: "make it readable for who builds, or name it in .dockerignore", cause },
  );
}

function changed(path: TreePath, cause: unknown): Error {
  return builderError(
    "SOURCE_CHANGED",
    `${JSON.stringify(textFromBytes(path))} changed while it was being copied`,
    { hint: "do not change the context during the build", cause },
  );
}
