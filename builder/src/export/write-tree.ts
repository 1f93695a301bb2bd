import { closeSync, constants, writeSync } from "node:fs";
import { readContent, type TreeView, walk, type TreeChild } from "@tsbuild/layers";
import { hasErrno, type RootDir, rootPath, type TreePath } from "@tsbuild/runner-native";

export interface WriteTreeOptions {
  /** "keep": as in the tree. "own": everything belongs to who writes it. */
  readonly owners: "keep" | "own";
  readonly signal: AbortSignal;
}

/** Device nodes that this process was not allowed to make. */
export interface WrittenTree {
  readonly skipped: readonly TreePath[];
}

const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Directories can be written to until everything is there. */
const openMode = 0o700;

/**
 * Writes a tree into a directory; what is there already stays unless something of the same name comes. Links in the directory are
 * never followed out of it.
 */
export async function writeTree(
  view: TreeView,
  root: RootDir,
  { owners, signal }: WriteTreeOptions,
): Promise<WrittenTree> {
  await view.prepare([rootPath]);
  const directories: TreeChild[] = [];
  const links = new Map<string, TreePath>();
  const skipped: TreePath[] = [];
  let count = 0;
  for (const walked of walk(view, rootPath)) {
    if (++count % entriesPerTurn === 0) await new Promise(setImmediate);
    signal.throwIfAborted();
    const { path, entry } = walked;
    if (entry.type === "directory") {
      makeDirectory(root, path);
      directories.push(walked);
      continue;
    }
    root.remove(path);
    const group = entry.hardlinkGroup;
    const first = group === undefined ? undefined : links.get(group);
    if (first !== undefined) {
      root.link(first, path);
      continue;
    }
    if (group !== undefined) links.set(group, path);
    if (makeEntry(view, root, walked)) dress(view, root, { walked, owners });
    else skipped.push(path);
  }
  // Children first: making them changed the times of their parents.
  for (const walked of directories.reverse()) dress(view, root, { walked, owners });
  return { skipped };
}

const entriesPerTurn = 256;

function makeDirectory(root: RootDir, path: TreePath): void {
  if (path === rootPath) return;
  const there = root.tryLstat(path);
  if (there?.type === "directory") return;
  if (there) root.remove(path);
  root.mkdir(path, openMode);
}

/** False for a device that this process may not make. */
function makeEntry(view: TreeView, root: RootDir, { path, entry }: TreeChild): boolean {
  switch (entry.type) {
    case "file":
      writeFile(view, root, path);
      return true;
    case "symlink":
      root.symlink(entry.linkTarget ?? "", path);
      return true;
    case "fifo":
      root.mknod(path, "fifo", openMode);
      return true;
    case "char":
    case "block":
      return makeDevice(root, path, entry);
    case "socket":
    case "directory":
      return false;
  }
}

function makeDevice(root: RootDir, path: TreePath, entry: TreeChild["entry"]): boolean {
  if (entry.type !== "char" && entry.type !== "block") return false;
  try {
    root.mknod(path, entry.type, openMode, { major: entry.deviceMajor, minor: entry.deviceMinor });
    return true;
  } catch (error) {
    // Only root of the machine may make devices.
    if (hasErrno(error, "EPERM")) return false;
    throw error;
  }
}

function writeFile(view: TreeView, root: RootDir, path: TreePath): void {
  const content = view.content(path);
  try {
    const fd = root.openFile(path, fileFlags, { mode: 0o600 });
    try {
      readContent(content, (slice) => {
        for (let at = 0; at < slice.length; ) at += writeSync(fd, slice, at);
      });
    } finally {
      closeSync(fd);
    }
  } finally {
    content.close();
  }
}

function dress(
  view: TreeView,
  root: RootDir,
  { walked, owners }: { readonly walked: TreeChild; readonly owners: "keep" | "own" },
): void {
  const { path, entry } = walked;
  if (owners === "keep") root.chown(path, entry.uid, entry.gid);
  if (entry.type !== "symlink") root.chmod(path, entry.mode);
  // Attributes such as capabilities are lost by a change of owner, so they come after it.
  if (owners === "keep")
    for (const [name, value] of view.xattrs(path) ?? []) root.setXattr(path, name, value);
  root.utimes(path, entry.mtimeSeconds, entry.mtimeNanoseconds);
}
