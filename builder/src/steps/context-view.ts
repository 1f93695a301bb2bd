import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import type { OpenContent, TreeView, ViewEntry, Xattrs } from "@tsbuild/layers";
import {
  getXattr,
  hasErrno,
  joinTreePath,
  parentOf,
  rootPath,
  textFromBytes,
  type TreePath,
} from "@tsbuild/runner-native";
import type { PathCursor } from "../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../errors.ts";
import { DirectoryStack } from "./directory-stack.ts";
import type { FileIdentity } from "./file-memo.ts";

/** The local directory of a context as a tree: what is ignored is not there, everything belongs to root, sockets are left out. */
export interface ContextView extends TreeView {
  /** What lstat said when the entry was first looked at. */
  stat(path: TreePath): FileIdentity | undefined;
}

export interface ContextViewOptions {
  /** The .dockerignore at the root of a walk. */
  readonly ignored: PathCursor;
  /** True when the file is known to have no attribute that would be copied: it is not asked for. */
  readonly isPlain: (path: TreePath, stat: FileIdentity) => boolean;
}

/** Each directory is read once, with its entries, when something in it is first wanted; `directory` is a path of the host. */
export function createContextView(directory: string, options: ContextViewOptions): ContextView {
  return new LocalContextView(directory, options);
}

interface Seen {
  readonly entry: ViewEntry;
  readonly stat: FileIdentity;
}

const contentFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const capability = "security.capability";

class LocalContextView implements ContextView {
  readonly #directories: DirectoryStack;
  readonly #options: ContextViewOptions;
  readonly #seen = new Map<TreePath, Seen>();
  readonly #names = new Map<TreePath, readonly string[]>();
  readonly #cursors = new Map<TreePath, PathCursor>();
  /** A file that was opened for its attribute, which is asked for right before its content. */
  #held: { readonly path: TreePath; readonly fd: number } | undefined;

  constructor(directory: string, options: ContextViewOptions) {
    this.#directories = new DirectoryStack(directory);
    this.#options = options;
    this.#cursors.set(rootPath, options.ignored);
    const stat = lstatSync(`${this.#directories.path(rootPath)}/.`, { bigint: true });
    this.#seen.set(rootPath, { entry: viewEntry(stat, undefined), stat });
  }

  lookup(path: TreePath): ViewEntry | undefined {
    return this.#find(path)?.entry;
  }

  stat(path: TreePath): FileIdentity | undefined {
    return this.#find(path)?.stat;
  }

  list(directory: TreePath): readonly string[] {
    const known = this.#names.get(directory);
    if (known) return known;
    return this.#find(directory)?.entry.type === "directory" ? this.#read(directory) : [];
  }

  xattrs(path: TreePath): Xattrs | undefined {
    const seen = this.#find(path);
    if (seen?.entry.type !== "file" || this.#options.isPlain(path, seen.stat)) return undefined;
    this.#letGo();
    this.#held = { path, fd: this.#open(path) };
    const value = getXattr(this.#held.fd, capability);
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

  #find(path: TreePath): Seen | undefined {
    const seen = this.#seen.get(path);
    if (seen || path === rootPath) return seen;
    const parent = parentOf(path);
    if (this.#names.has(parent)) return undefined;
    if (this.#find(parent)?.entry.type !== "directory") return undefined;
    this.#read(parent);
    return this.#seen.get(path);
  }

  #read(directory: TreePath): readonly string[] {
    const cursor = this.#cursors.get(directory) as PathCursor;
    const own = this.#directories.path(directory);
    const visible: string[] = [];
    const doubtful: string[] = [];
    for (const item of readdirSync(own, { withFileTypes: true, encoding: "latin1" })) {
      if (item.isSocket()) continue;
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

  /** False when it is gone already. */
  #look(path: TreePath, directory: string, name: string): boolean {
    const at = Buffer.from(`${directory}/${name}`, "latin1");
    const stat = lstatSync(at, { bigint: true, throwIfNoEntry: false });
    if (!stat) return false;
    const target = stat.isSymbolicLink() ? readlinkSync(at, "latin1") : undefined;
    this.#seen.set(path, { entry: viewEntry(stat, target), stat: identityOf(stat) });
    return true;
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs, ctimeNs };
}

/** The context as a user of it sees it: owners of the host mean nothing in an image. */
function viewEntry(stat: BigIntStats, linkTarget: string | undefined): ViewEntry {
  const type = typeOf(stat);
  return {
    type,
    mode: type === "symlink" ? 0o777 : Number(stat.mode) & 0o7777,
    uid: 0,
    gid: 0,
    size: type === "file" ? Number(stat.size) : 0,
    mtimeSeconds: Math.floor(Number(stat.mtimeMs) / 1000),
    mtimeNanoseconds: 0,
    linkTarget,
    deviceMajor: type === "char" || type === "block" ? major(stat.rdev) : 0,
    deviceMinor: type === "char" || type === "block" ? minor(stat.rdev) : 0,
    hardlinkGroup: type === "file" && stat.nlink > 1n ? `${stat.dev}:${stat.ino}` : undefined,
  };
}

function typeOf(stat: BigIntStats): ViewEntry["type"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  if (stat.isFIFO()) return "fifo";
  if (stat.isSocket()) return "socket";
  return stat.isBlockDevice() ? "block" : "char";
}

/** The kernel's dev_t as statx gives it (linux/kdev_t.h, new_encode_dev). */
function major(device: bigint): number {
  return Number((device >> 8n) & 0xfffn);
}

function minor(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xfff00n));
}

function unreadable(path: TreePath, cause: unknown): Error {
  return builderError(
    "SOURCE_MISSING",
    `${JSON.stringify(textFromBytes(path))} cannot be read: permission denied`,
    {
      hint: "make it readable for who builds, or name it in .dockerignore",
      cause,
    },
  );
}

function changed(path: TreePath, cause: unknown): Error {
  return builderError(
    "SOURCE_CHANGED",
    `${JSON.stringify(textFromBytes(path))} changed while it was being copied`,
    {
      hint: "do not change the context during the build",
      cause,
    },
  );
}
