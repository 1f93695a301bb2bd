import { closeSync, constants, writeSync } from "node:fs";
import {
  createTurns,
  type OpenContent,
  slicesOf,
  type TreeChild,
  type TreeView,
  type Turns,
  walk,
} from "@tsbuild/layers";
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
  const turns = createTurns(signal);
  signal.throwIfAborted();
  for (const walked of walk(view, rootPath)) {
    if (turns.isOver()) await turns.next();
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
    if (await makeEntry(view, root, { walked, turns })) dress(view, root, { walked, owners });
    else skipped.push(path);
  }
  // Children first: making them changed the times of their parents.
  for (const walked of directories.reverse()) dress(view, root, { walked, owners });
  return { skipped };
}

function makeDirectory(root: RootDir, path: TreePath): void {
  if (path === rootPath) return;
  const there = root.tryLstat(path);
  if (there?.type === "directory") return;
  if (there) root.remove(path);
  root.mkdir(path, openMode);
}

/** False for a device that this process may not make. */
async function makeEntry(
  view: TreeView,
  root: RootDir,
  { walked: { path, entry }, turns }: { readonly walked: TreeChild; readonly turns: Turns },
): Promise<boolean> {
  switch (entry.type) {
    case "file":
      await writeFile(view.content(path), () => root.openFile(path, fileFlags, { mode: 0o600 }), turns);
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

async function writeFile(content: OpenContent, create: () => number, turns: Turns): Promise<void> {
  try {
    const fd = create();
    try {
      for (const slice of slicesOf(content)) {
        for (let at = 0; at < slice.length; ) at += writeSync(fd, slice, at);
        if (turns.isOver(slice.length)) await turns.next();
      }
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
