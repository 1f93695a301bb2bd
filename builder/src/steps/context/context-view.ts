import { closeSync, constants, fstatSync, readdirSync, readlinkSync } from "node:fs";
import type { Digest, OpenContent, TreeView, ViewEntry, Xattrs } from "@tsbuild/layers";
import {
  type FileStat,
  fsPath,
  getXattr,
  hasErrno,
  joinTreePath,
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
export interface SeenEntry {
  readonly entry: ViewEntry;
  readonly identity: FileIdentity;
  /** Of a file that entered a key: what its bytes were. */
  digest?: Digest;
  /** Known once its attributes were asked for: it has none that would be copied. */
  isPlain?: boolean;
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
  readonly #names = new Map<TreePath, readonly string[]>();
  readonly #cursors = new Map<TreePath, PathCursor>();
  #lastPath: TreePath | undefined;
  #last: SeenEntry | undefined;
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
    // Whoever looks at an entry asks for it several times in a row.
    if (path === this.#lastPath) return this.#last;
    this.#last = this.#find(path);
    this.#lastPath = path;
    return this.#last;
  }

  list(directory: TreePath): readonly string[] {
    const known = this.#names.get(directory);
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

  #find(path: TreePath): SeenEntry | undefined {
    const seen = this.#seen.get(path);
    if (seen || path === rootPath) return seen;
    const parent = parentOf(path);
    if (this.#names.has(parent)) return undefined;
    if (this.find(parent)?.entry.type !== "directory") return undefined;
    this.#read(parent);
    return this.#seen.get(path);
  }

  #read(directory: TreePath): readonly string[] {
    const cursor = this.#cursors.get(directory) as PathCursor;
    const own = this.#descriptor(directory);
    const visible: string[] = [];
    const doubtful: string[] = [];
    for (const item of readdirSync(`/proc/self/fd/${own}`, { withFileTypes: true, encoding: "latin1" })) {
      const below = cursor.enter(item.name);
      if (below.isExcluded && !(item.isDirectory() && below.mayIncludeBelow)) continue;
      const path = joinTreePath(directory, item.name);
      if (item.isDirectory()) this.#cursors.set(path, below);
      if (!this.#look(path, own, item.name)) continue;
      (below.isExcluded ? doubtful : visible).push(item.name);
    }
    // An ignored directory is there as far as something below it is taken back.
    for (const name of doubtful) {
      const path = joinTreePath(directory, name);
      if (this.#read(path).length > 0) visible.push(name);
      else this.#seen.delete(path);
    }
    visible.sort();
    this.#names.set(directory, visible);
    return visible;
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

  /** False when it is gone already. */
  #look(path: TreePath, directory: number, name: string): boolean {
    const stat = this.#directories.stat(directory, name);
    if (!stat) return false;
    const target = stat.type === "symlink" ? this.#readLink(path, directory, name) : undefined;
    this.#seen.set(path, { entry: viewEntry(stat, target), identity: identityOf(stat) });
    return true;
  }
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
