import { type BigIntStats, lstatSync } from "node:fs";
import { type FileStat, type FileType, fsPath } from "@tsbuild/runner-native";

/** What tryStatAt gives, by node:fs alone: three times as slow, but nothing has to be loaded. */
export function statByNode(directory: number, name: string): FileStat | undefined {
  const path = fsPath(`/proc/self/fd/${directory}/${name}`);
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && fileStat(stat);
}

const nanoseconds = 1_000_000_000n;

function fileStat(stat: BigIntStats): FileStat {
  const { mtimeNs, ctimeNs } = stat;
  return {
    type: typeOf(stat),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: Number(stat.size),
    mtimeSeconds: Number((mtimeNs - fractionOf(mtimeNs)) / nanoseconds),
    mtimeNanoseconds: Number(fractionOf(mtimeNs)),
    ctimeSeconds: Number((ctimeNs - fractionOf(ctimeNs)) / nanoseconds),
    ctimeNanoseconds: Number(fractionOf(ctimeNs)),
    inode: Number(stat.ino),
    device: Number(stat.dev),
    links: Number(stat.nlink),
    deviceMajor: Number(((stat.rdev >> 8n) & 0xfffn) | ((stat.rdev >> 32n) & 0xfffff000n)),
    deviceMinor: Number((stat.rdev & 0xffn) | ((stat.rdev >> 12n) & 0xffffff00n)),
  };
}

/** Never negative, also before 1970. */
function fractionOf(time: bigint): bigint {
  return ((time % nanoseconds) + nanoseconds) % nanoseconds;
}

function typeOf(stat: BigIntStats): FileType {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  if (stat.isFIFO()) return "fifo";
  if (stat.isSocket()) return "socket";
  return stat.isBlockDevice() ? "block" : "char";
}
