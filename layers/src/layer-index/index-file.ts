import { crc32 } from "node:zlib";
import type { TreePath } from "@tsbuild/runner-native";
import type { EntryType, Xattrs } from "../tar/entry.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";

/*
 * The file of an index: a header, columns of numbers, one run of bytes for all strings, the rare things as JSON; so that fifty
 * thousand entries load in tens of milliseconds. It is a memory, never the truth: written by this machine for this machine (native
 * byte order), and a file that does not fit is made again.
 */
const magic = 0x54_53_4c_31;
const headerBytes = 24;
const types: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "char", "block", "fifo"];
const typeShift = 16;
const columnNames = [
  "size",
  "mtime",
  "offset",
  "modeAndType",
  "uid",
  "gid",
  "nanoseconds",
  "major",
  "minor",
  "pathEnd",
  "linkEnd",
] as const;
const rowBytes = columnNames.length * 8;

/** What few entries have. Byte strings travel as latin1 text. */
interface Rest {
  readonly whiteouts: readonly TreePath[];
  readonly opaques: readonly TreePath[];
  readonly xattrs: readonly (readonly [row: number, pairs: readonly (readonly [string, string])[]])[];
}

export function encodeIndex(index: LayerIndex): Buffer {
  const count = index.entries.size;
  const numbers = Buffer.alloc(headerBytes + count * rowBytes);
  const column = columnsOf(numbers, count);
  const strings: string[] = [];
  const xattrs: [number, [string, string][]][] = [];
  let end = 0;
  let row = 0;
  for (const entry of index.entries.values()) {
    const link = entry.linkTarget === undefined ? "" : `>${entry.linkTarget}`;
    strings.push(entry.path, link);
    column.size[row] = entry.size;
    column.mtime[row] = entry.mtimeSeconds;
    column.offset[row] = entry.contentOffset ?? -1;
    column.modeAndType[row] = entry.mode | (types.indexOf(entry.type) << typeShift);
    column.uid[row] = entry.uid;
    column.gid[row] = entry.gid;
    column.nanoseconds[row] = entry.mtimeNanoseconds;
    column.major[row] = entry.deviceMajor;
    column.minor[row] = entry.deviceMinor;
    column.pathEnd[row] = end += entry.path.length;
    column.linkEnd[row] = end += link.length;
    if (entry.xattrs) xattrs.push([row, pairsOf(entry.xattrs)]);
    row++;
  }
  const text = Buffer.from(strings.join(""), "latin1");
  const rest: Rest = { whiteouts: [...index.whiteouts], opaques: [...index.opaques], xattrs };
  const tail = Buffer.from(JSON.stringify(rest));
  const length = numbers.length + text.length + tail.length;
  const file = Buffer.from(new ArrayBuffer(length));
  file.set(numbers, 0);
  file.set(text, numbers.length);
  file.set(tail, numbers.length + text.length);
  // Not crypto: what a power cut leaves of a file that nobody synced must be seen.
  const checksum = crc32(file.subarray(headerBytes));
  new Uint32Array(file.buffer, file.byteOffset, headerBytes / 4).set([
    magic,
    count,
    text.length,
    tail.length,
    checksum,
  ]);
  return file;
}

/** Undefined when the bytes are no index this machine wrote. */
export function decodeIndex(file: Buffer): LayerIndex | undefined {
  if (file.length < headerBytes) return undefined;
  const bytes = file.byteOffset % 8 === 0 ? file : Buffer.from(new Uint8Array(file).buffer);
  const header = new Uint32Array(bytes.buffer, bytes.byteOffset, headerBytes / 4);
  const [mark = 0, count = 0, textBytes = 0, tailBytes = 0, checksum = 0] = header;
  const textStart = headerBytes + count * rowBytes;
  const tailStart = textStart + textBytes;
  if (mark !== magic || bytes.length !== tailStart + tailBytes) return undefined;
  if (crc32(bytes.subarray(headerBytes)) !== checksum) return undefined;
  const rest = parseRest(bytes.toString("utf8", tailStart));
  if (!rest) return undefined;
  const text = bytes.toString("latin1", textStart, tailStart);
  return {
    entries: decodeEntries(columnsOf(bytes, count), { count, text, xattrs: xattrsOf(rest) }),
    whiteouts: new Set(rest.whiteouts),
    opaques: new Set(rest.opaques),
  };
}

type Columns = Readonly<Record<(typeof columnNames)[number], Float64Array>>;

/** Doubles throughout: they hold every size and offset exactly, and one kind of column keeps this short. */
function columnsOf(bytes: Buffer, count: number): Columns {
  const at = (position: number): Float64Array =>
    new Float64Array(bytes.buffer, bytes.byteOffset + headerBytes + position * count * 8, count);
  return Object.fromEntries(columnNames.map((name, position) => [name, at(position)])) as Columns;
}

function decodeEntries(
  column: Columns,
  { count, text, xattrs }: { count: number; text: string; xattrs: ReadonlyMap<number, Xattrs> },
): Map<TreePath, LayerEntry> {
  const entries = new Map<TreePath, LayerEntry>();
  const { size, mtime, offset, modeAndType, uid, gid, nanoseconds, major, minor, pathEnd, linkEnd } = column;
  let start = 0;
  for (let row = 0; row < count; row++) {
    const middle = pathEnd[row] as number;
    const end = linkEnd[row] as number;
    const contentOffset = offset[row] as number;
    const bits = modeAndType[row] as number;
    const path = text.slice(start, middle) as TreePath;
    entries.set(path, {
      path,
      type: types[bits >> typeShift] as EntryType,
      mode: bits & 0o7777,
      uid: uid[row] as number,
      gid: gid[row] as number,
      size: size[row] as number,
      mtimeSeconds: mtime[row] as number,
      mtimeNanoseconds: nanoseconds[row] as number,
      linkTarget: middle === end ? undefined : text.slice(middle + 1, end),
      deviceMajor: major[row] as number,
      deviceMinor: minor[row] as number,
      xattrs: xattrs.size === 0 ? undefined : xattrs.get(row),
      contentOffset: contentOffset < 0 ? undefined : contentOffset,
    });
    start = end;
  }
  return entries;
}

function xattrsOf(rest: Rest): Map<number, Xattrs> {
  const values = (pairs: readonly (readonly [string, string])[]): Xattrs =>
    new Map(pairs.map(([name, value]) => [name, Buffer.from(value, "latin1")]));
  return new Map(rest.xattrs.map(([row, pairs]) => [row, values(pairs)]));
}

function pairsOf(xattrs: Xattrs): [string, string][] {
  return Array.from(xattrs, ([name, value]) => [name, value.toString("latin1")]);
}

function parseRest(json: string): Rest | undefined {
  try {
    return JSON.parse(json) as Rest;
  } catch {
    return undefined; // torn or foreign: the index is made again
  }
}
