import { closeSync, constants, readSync } from "node:fs";
import type { FileStat, RootDir, TreePath } from "@tsbuild/runner-native";
import { keptXattrs, sameXattrs } from "../layer/kept-xattrs.ts";

/** One entry of an open directory. */
export interface PlacedEntry {
  readonly stat: FileStat;
  readonly directory: RootDir;
  readonly name: TreePath;
}

/**
 * Whether a layer that says nothing of an entry would show the same: type, mode, ids, size, time, device, target, kept
 * attributes and content are equal. Of a directory the time does not count (BuildKit: a file made and removed leaves no trace).
 */
export function isSameEntry(left: PlacedEntry, right: PlacedEntry): boolean {
  return sameStat(left.stat, right.stat) && sameKeptXattrs(left, right) && sameContent(left, right);
}

function sameStat(left: FileStat, right: FileStat): boolean {
  if (left.type !== right.type || left.uid !== right.uid || left.gid !== right.gid) return false;
  if (left.type === "directory") return left.mode === right.mode;
  const sameTime =
    left.mtimeSeconds === right.mtimeSeconds && left.mtimeNanoseconds === right.mtimeNanoseconds;
  if (!sameTime || left.size !== right.size) return false;
  if (left.type === "symlink") return true;
  return (
    left.mode === right.mode &&
    left.deviceMajor === right.deviceMajor &&
    left.deviceMinor === right.deviceMinor
  );
}

function sameKeptXattrs(left: PlacedEntry, right: PlacedEntry): boolean {
  const kept = ({ directory, name }: PlacedEntry): ReturnType<typeof keptXattrs> =>
    keptXattrs(directory.listXattrs(name), "layer");
  return sameXattrs(kept(left), kept(right));
}

function sameContent(left: PlacedEntry, right: PlacedEntry): boolean {
  switch (left.stat.type) {
    case "file":
      return left.stat.size === 0 || sameBytes(left, right);
    case "symlink":
      return left.directory.readlink(left.name) === right.directory.readlink(right.name);
    case "directory":
    case "char":
    case "block":
    case "fifo":
    case "socket":
      return true;
  }
}

const chunkSize = 256 * 1024;
let chunks: readonly [Buffer, Buffer] | undefined;

function sameBytes(left: PlacedEntry, right: PlacedEntry): boolean {
  using leftFile = openForReading(left);
  using rightFile = openForReading(right);
  chunks ??= [Buffer.allocUnsafeSlow(chunkSize), Buffer.allocUnsafeSlow(chunkSize)];
  const [leftChunk, rightChunk] = chunks;
  for (let position = 0; ; ) {
    const leftSize = readSync(leftFile.fd, leftChunk, 0, chunkSize, position);
    const rightSize = readSync(rightFile.fd, rightChunk, 0, chunkSize, position);
    if (leftSize !== rightSize) return false;
    if (leftSize === 0) return true;
    if (leftChunk.compare(rightChunk, 0, rightSize, 0, leftSize) !== 0) return false;
    position += leftSize;
  }
}

function openForReading({ directory, name }: PlacedEntry): { readonly fd: number; [Symbol.dispose](): void } {
  const fd = directory.openFile(name, constants.O_RDONLY, { lastLink: "nofollow" });
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
