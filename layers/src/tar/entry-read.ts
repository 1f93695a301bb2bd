import type { EntryType, TarEntry } from "./entry.ts";
import { cleanEntryPath } from "./entry-path.ts";
import type { Extension } from "./extension.ts";
import { fields, largestOctal } from "./header.ts";
import { headerForm, headerLinkName, headerName } from "./header-read.ts";
import { largestDeviceMajor, largestDeviceMinor, largestId, maxPathBytes } from "./limits.ts";
import { readNumber } from "./number.ts";
import { type PaxTime, sparse } from "./pax-read.ts";
import type { Refuse } from "./refusal.ts";

const largestHeaderSize = largestOctal(fields.size);

/** Makes the entry of a header block and the headers before it; `named` is told the entry's name for its refusals. */
export function readEntry(
  block: Buffer,
  at: number,
  extension: Extension,
  named: (name: string) => Refuse,
): TarEntry {
  const { pax } = extension;
  const refuse = named("");
  const form = headerForm(block, at, refuse);
  const name = pax?.path ?? extension.longName ?? headerName(block, at, form, refuse);
  named(name);
  const type = typeOf(block[at + fields.typeFlag.at] as number, name, refuse);
  const isDevice = type === "char" || type === "block";
  const mtime = pax?.mtime ?? headerTime(block, at, refuse);
  return {
    path: pathOf(name, type, refuse),
    type,
    mode: count(block, at, "mode", Number.MAX_SAFE_INTEGER, refuse) & 0o7777,
    uid: pax?.uid === undefined ? count(block, at, "uid", largestId, refuse) : id(pax.uid, "uid", refuse),
    gid: pax?.gid === undefined ? count(block, at, "gid", largestId, refuse) : id(pax.gid, "gid", refuse),
    size: sizeOf(type, count(block, at, "size", Number.MAX_SAFE_INTEGER, refuse), pax?.size, refuse),
    mtimeSeconds: mtime.seconds,
    mtimeNanoseconds: mtime.nanoseconds,
    linkTarget: linkTargetOf(type, pax?.linkPath ?? extension.longLink ?? headerLinkName(block, at), refuse),
    deviceMajor: isDevice ? count(block, at, "deviceMajor", largestDeviceMajor, refuse) : 0,
    deviceMinor: isDevice ? count(block, at, "deviceMinor", largestDeviceMinor, refuse) : 0,
    xattrs: pax?.xattrs,
  };
}

/** '\0' is a file of the time before POSIX, when a slash at the end made a directory. */
function typeOf(flag: number, name: string, refuse: Refuse): EntryType {
  switch (String.fromCharCode(flag)) {
    case "0":
      // GNU tar and libarchive make a directory of it, Go and Python a file.
      if (name.endsWith("/")) throw refuse("it is a file whose name ends with a slash");
      return "file";
    case "\0":
      return name.endsWith("/") ? "directory" : "file";
    case "1":
      return "hardlink";
    case "2":
      return "symlink";
    case "3":
      return "char";
    case "4":
      return "block";
    case "5":
      return "directory";
    case "6":
      return "fifo";
    case "S":
      throw sparse(refuse);
    default:
      throw refuse(`its type ${JSON.stringify(String.fromCharCode(flag))} is unknown`);
  }
}

function pathOf(name: string, type: EntryType, refuse: Refuse): string {
  if (name === "") throw refuse("it has no name");
  const path = cleanEntryPath(name, "name", refuse);
  if (path === "" && type !== "directory") throw refuse(`it would make the root a ${type}`);
  return path;
}

function linkTargetOf(type: EntryType, target: string, refuse: Refuse): string | undefined {
  if (type !== "hardlink" && type !== "symlink") return undefined;
  if (target === "") throw refuse("it is a link to nothing");
  if (type === "hardlink") {
    const path = cleanEntryPath(target, "link target", refuse);
    if (path === "") throw refuse("it is a hard link to the root");
    return path;
  }
  // PATH_MAX counts the NUL at the end.
  if (target.length >= maxPathBytes) throw refuse(`its link target is ${target.length} bytes long`);
  return target;
}

/**
 * Of a file, where its content ends; of a directory, a limit that POSIX tells readers to ignore. For the other types some
 * readers skip that many bytes and some do not, and the next entry would be hidden from one of them.
 */
function sizeOf(type: EntryType, inHeader: number, inPax: number | undefined, refuse: Refuse): number {
  if (type === "directory") return 0;
  // Writers put the real size into the header whenever it fits, or 0 there and the size in a record when it does not.
  if (inPax !== undefined && inPax !== inHeader && inPax <= largestHeaderSize)
    throw refuse(`its header says ${inHeader} bytes and its extended header ${inPax}`);
  const size = inPax ?? inHeader;
  if (type !== "file" && size !== 0) throw refuse(`it is a ${type} with ${size} bytes of content`);
  return size;
}

function headerTime(block: Buffer, at: number, refuse: Refuse): PaxTime {
  const seconds = readNumber(block, at, fields.mtime);
  if (seconds === undefined) throw refuse("its time is not a number");
  return { seconds, nanoseconds: 0 };
}

function id(value: number, what: "uid" | "gid", refuse: Refuse): number {
  if (value > largestId) throw refuse(`its ${what} is ${value}`);
  return value;
}

function count(
  block: Buffer,
  at: number,
  what: "mode" | "uid" | "gid" | "size" | "deviceMajor" | "deviceMinor",
  largest: number,
  refuse: Refuse,
): number {
  const value = readNumber(block, at, fields[what]);
  if (value === undefined) throw refuse(`its ${what} is not a number`);
  if (value < 0 || value > largest) throw refuse(`its ${what} is ${value}`);
  return value;
}
