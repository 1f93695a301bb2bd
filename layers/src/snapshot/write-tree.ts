import { closeSync, constants } from "node:fs";
import { hasErrno, joinTreePath, type RootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import type { TreeView, ViewEntry } from "../tree/tree-view.ts";
import { createTurns, type Turns } from "../turns.ts";
import { createContentCopier } from "./copy-content.ts";

export interface WriteTreeOptions {
  /** "single": this process can give files to nobody else, so all of them stay its own. */
  readonly ownership: "range" | "single";
  readonly signal?: AbortSignal;
}

export interface WrittenTree {
  /** Devices that a user namespace may not make: an empty file stands for each. */
  readonly standIns: ReadonlySet<TreePath>;
}

const openMode = 0o700;
const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/**
 * Writes a whole view, which must be prepared, into an empty directory: owners, modes, times to the nanosecond, attributes.
 * Names of one file become files of their own, as overlayfs makes them when one of them is changed.
 */
export async function writeTree(
  view: TreeView,
  root: RootDir,
  { ownership, signal }: WriteTreeOptions,
): Promise<WrittenTree> {
  const turns = createTurns(signal);
  const writer = new TreeWriter({ view, root, ownership, turns });
  signal?.throwIfAborted();
  for (const path of pathsOf(view)) {
    await writer.make(path);
    if (turns.isOver()) await turns.next();
  }
  writer.finish();
  return { standIns: writer.standIns };
}

/** Parents before children. */
function* pathsOf(view: TreeView): Generator<TreePath> {
  const pending: TreePath[] = [rootPath];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop())
    for (const name of view.list(directory)) {
      const path = joinTreePath(directory, name);
      yield path;
      if (view.lookup(path)?.type === "directory") pending.push(path);
    }
}

interface WriterParts {
  readonly view: TreeView;
  readonly root: RootDir;
  readonly ownership: "range" | "single";
  readonly turns: Turns;
}

class TreeWriter {
  readonly standIns = new Set<TreePath>();
  readonly #view: TreeView;
  readonly #root: RootDir;
  readonly #ownership: "range" | "single";
  readonly #turns: Turns;
  readonly #copier = createContentCopier();
  /** Their times and modes come last: making entries changes the times, and may be barred by the modes. */
  readonly #directories: { readonly path: TreePath; readonly entry: ViewEntry }[] = [];
  #near: { readonly path: TreePath; readonly directory: RootDir } | undefined;

  constructor({ view, root, ownership, turns }: WriterParts) {
    this.#view = view;
    this.#root = root;
    this.#ownership = ownership;
    this.#turns = turns;
  }

  async make(path: TreePath): Promise<void> {
    const entry = this.#view.lookup(path);
    if (!entry) return;
    const directory = this.#parent(path);
    const name = path.slice(path.lastIndexOf("/") + 1) as TreePath;
    switch (entry.type) {
      case "directory":
        directory.mkdir(name, openMode);
        this.#directories.push({ path, entry });
        return;
      case "symlink":
        directory.symlink(entry.linkTarget ?? "", name);
        break;
      case "file":
        await this.#writeFile(directory, name, path);
        break;
      case "char":
      case "block":
      case "fifo":
        this.#makeNode(directory, name, { path, entry });
        break;
      case "socket":
        return;
    }
    this.#dress({ directory, name, path, entry });
  }

  finish(): void {
    this.#near?.directory[Symbol.dispose]();
    this.#near = undefined;
    const top = this.#view.lookup(rootPath);
    for (const { path, entry } of this.#directories.reverse())
      this.#dress({ directory: this.#root, name: path, path, entry });
    if (top) this.#dress({ directory: this.#root, name: rootPath, path: rootPath, entry: top });
  }

  #parent(path: TreePath): RootDir {
    const slash = path.lastIndexOf("/");
    if (slash < 0) return this.#root;
    const parent = path.slice(0, slash) as TreePath;
    if (this.#near?.path === parent) return this.#near.directory;
    this.#near?.directory[Symbol.dispose]();
    this.#near = { path: parent, directory: this.#root.openRoot(parent, { lastLink: "nofollow" }) };
    return this.#near.directory;
  }

  async #writeFile(directory: RootDir, name: TreePath, path: TreePath): Promise<void> {
    const fd = directory.openFile(name, fileFlags, { mode: 0o600 });
    try {
      const content = this.#view.content(path);
      try {
        await this.#copier.copy(content, fd, this.#turns);
      } finally {
        content.close();
      }
    } finally {
      closeSync(fd);
    }
  }

  #makeNode(
    directory: RootDir,
    name: TreePath,
    { path, entry }: { readonly path: TreePath; readonly entry: ViewEntry },
  ): void {
    const device = { major: entry.deviceMajor, minor: entry.deviceMinor };
    try {
      directory.mknod(name, entry.type as "char" | "block" | "fifo", 0o600, device);
    } catch (error) {
      if (!hasErrno(error, "EPERM")) throw error;
      closeSync(directory.openFile(name, fileFlags, { mode: 0o600 }));
      this.standIns.add(path);
    }
  }

  /** chown clears set-user-id and capabilities, so it comes first; what is set changes ctime, so the times come last. */
  #dress(at: {
    readonly directory: RootDir;
    readonly name: TreePath;
    readonly path: TreePath;
    readonly entry: ViewEntry;
  }): void {
    const { directory, name, path, entry } = at;
    if (this.#ownership === "range") directory.chown(name, entry.uid, entry.gid);
    if (entry.type !== "symlink") {
      directory.chmod(name, entry.mode);
      for (const [key, value] of keptXattrs(this.#view.xattrs(path), "layer") ?? [])
        this.#setXattr(at, key, value);
    }
    directory.utimes(name, entry.mtimeSeconds, entry.mtimeNanoseconds);
  }

  #setXattr(
    {
      directory,
      name,
      path,
    }: { readonly directory: RootDir; readonly name: TreePath; readonly path: TreePath },
    key: string,
    value: Buffer,
  ): void {
    try {
      directory.setXattr(name, key, value);
    } catch (cause) {
      if (!hasErrno(cause, "EOPNOTSUPP", "EPERM")) throw cause;
      throw layersError(
        "SNAPSHOTTER_UNUSABLE",
        `the attribute ${key} of ${JSON.stringify(path)} cannot be set here`,
        {
          cause,
          hint: "put the store on a file system with extended attributes (--root)",
        },
      );
    }
  }
}
