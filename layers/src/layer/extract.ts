import { closeSync, constants, fchmodSync, fchownSync, futimesSync, writeSync } from "node:fs";
import { hasErrno, type RootDir, rootPath, setXattr, type TreePath } from "@tsbuild/runner-native";
import type { TarEntry, TarSink } from "../tar/entry.ts";
import type { Added, EffectiveDirectory, IndexBuilder } from "../layer-index/index-builder.ts";
import type { LayerEntry, LayerIndex } from "../layer-index/layer-index.ts";
import { createNearDirectory, type NearDirectory } from "../tree/near-directory.ts";
import { type OverlayMarks, opaqueValue } from "../layer-index/overlay-marks.ts";

export interface ExtractOptions {
  /** Decides what each entry means and refuses what would leave the tree. */
  readonly builder: IndexBuilder;
  /** How overlayfs marks what the layer removes. */
  readonly marks: OverlayMarks;
  /** "single": this process can give files to nobody else, so all of them stay its own (design: a single-id user namespace). */
  readonly ownership: "range" | "single";
}

/** A tar being extracted into an empty directory as it is parsed. `complete` comes last. */
export interface Extraction extends TarSink, Disposable {
  /** Writes what can only be written once everything is there: whiteouts, and the metadata of directories. */
  complete(index: LayerIndex, root: EffectiveDirectory): void;
}

/** Directories keep this mode until `complete`, so that files can be made in them. */
const openMode = 0o700;
const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** `root` must be empty and nobody else's; it stays open. */
export function createExtraction(root: RootDir, options: ExtractOptions): Extraction {
  return new TreeExtraction(root, options);
}

class TreeExtraction implements Extraction {
  readonly #root: RootDir;
  readonly #options: ExtractOptions;
  /** What files are made as: asking for the same costs a call. */
  readonly #own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  #open: { readonly fd: number; readonly entry: LayerEntry } | undefined;
  readonly #near: NearDirectory;

  constructor(root: RootDir, options: ExtractOptions) {
    this.#root = root;
    this.#near = createNearDirectory(root);
    this.#options = options;
  }

  entry(tarEntry: TarEntry, contentOffset: number): void {
    this.#closeFile();
    const added = this.#options.builder.add(tarEntry, contentOffset);
    for (const parent of added.parents)
      this.#near.in(parent, (directory, name) => directory.mkdir(name, openMode));
    if (added.kind === "entry" && added.entry.path !== rootPath) this.#make(added);
  }

  data(chunk: Uint8Array): void {
    if (!this.#open) return;
    for (let done = 0; done < chunk.length; )
      done += writeSync(this.#open.fd, chunk, done, chunk.length - done);
  }

  end(): void {
    this.#closeFile();
  }

  complete(index: LayerIndex, root: EffectiveDirectory): void {
    for (const path of index.whiteouts) this.#hide(path, index);
    for (const path of index.opaques) this.#root.setXattr(path, this.#options.marks.opaque, opaqueValue);
    const directories = Array.from(index.entries.values()).filter((entry) => entry.type === "directory");
    // Children first: their making changes the time of their parent.
    for (const entry of directories.reverse())
      if (entry.path !== rootPath)
        this.#near.in(entry.path, (directory, name) => this.#dress(directory, name, entry));
    this.#dress(this.#root, rootPath, root);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    this.#near.forget();
  }

  #make({ entry, replaces }: Extract<Added, { kind: "entry" }>): void {
    const merges = replaces === "directory" && entry.type === "directory";
    if (replaces !== "nothing" && !merges) this.#remove(entry.path);
    if (merges) return;
    this.#near.in(entry.path, (directory, name) => this.#create(directory, name, entry));
  }

  #create(directory: RootDir, name: TreePath, entry: LayerEntry): void {
    switch (entry.type) {
      case "file":
        this.#open = { fd: directory.openFile(name, fileFlags, { mode: 0o600 }), entry };
        return;
      case "directory":
        directory.mkdir(name, openMode);
        return;
      case "symlink":
        directory.symlink(entry.linkTarget ?? "", name);
        this.#chown(entry, () => directory.chown(name, entry.uid, entry.gid));
        directory.utimes(name, entry.mtimeSeconds, entry.mtimeNanoseconds);
        return;
      case "hardlink":
        this.#root.link(entry.linkTarget as TreePath, entry.path);
        return;
      case "char":
      case "block":
      case "fifo":
        this.#makeNode(directory, name, entry);
        this.#dress(directory, name, entry);
    }
  }

  /** A user namespace may not make devices; an empty file in its place keeps the rest of the image usable. */
  #makeNode(directory: RootDir, name: TreePath, entry: LayerEntry): void {
    const type = entry.type as "char" | "block" | "fifo";
    try {
      directory.mknod(name, type, 0o600, { major: entry.deviceMajor, minor: entry.deviceMinor });
    } catch (error) {
      if (!hasErrno(error, "EPERM")) throw error;
      closeSync(directory.openFile(name, fileFlags, { mode: 0o600 }));
    }
  }

  /** chown clears set-user-id and capabilities, so it comes first. */
  #dress(directory: RootDir, name: TreePath, entry: EffectiveDirectory): void {
    this.#chown(entry, () => directory.chown(name, entry.uid, entry.gid));
    directory.chmod(name, entry.mode);
    for (const [key, value] of entry.xattrs ?? []) tolerant(() => directory.setXattr(name, key, value));
    directory.utimes(name, entry.mtimeSeconds, entry.mtimeNanoseconds);
  }

  #closeFile(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    const { fd, entry } = open;
    try {
      this.#chown(entry, () => fchownSync(fd, entry.uid, entry.gid));
      fchmodSync(fd, entry.mode);
      for (const [key, value] of entry.xattrs ?? []) tolerant(() => setXattr(fd, key, value));
      // futimesSync has no nanoseconds and takes a time before 1970 for the present.
      if (entry.mtimeNanoseconds === 0 && entry.mtimeSeconds >= 0)
        futimesSync(fd, entry.mtimeSeconds, entry.mtimeSeconds);
      else
        this.#near.in(entry.path, (directory, name) =>
          directory.utimes(name, entry.mtimeSeconds, entry.mtimeNanoseconds),
        );
    } finally {
      closeSync(fd);
    }
  }

  #chown({ uid, gid }: { readonly uid: number; readonly gid: number }, change: () => void): void {
    if (uid === this.#own.uid && gid === this.#own.gid) return;
    if (this.#options.ownership === "single") return;
    change();
  }

  #hide(path: TreePath, index: LayerIndex): void {
    const entry = index.entries.get(path);
    // What the layer has itself at this name hides the rest, unless both are directories.
    if (!entry)
      this.#near.in(path, (directory, name) => directory.mknod(name, "char", 0, { major: 0, minor: 0 }));
    else if (entry.type === "directory") this.#root.setXattr(path, this.#options.marks.opaque, opaqueValue);
  }

  #remove(path: TreePath): void {
    this.#near.forget();
    this.#root.remove(path);
  }
}

/** A file system without attributes, or a user namespace that may not set capabilities: the layer still has them. */
function tolerant(setAttribute: () => void): void {
  try {
    setAttribute();
  } catch (error) {
    if (!hasErrno(error, "EOPNOTSUPP", "EPERM")) throw error;
  }
}
