import { layersError } from "../errors.ts";
import type { TarEntry } from "./entry.ts";
import { encodeHeader, fields, typeFlags } from "./header.ts";
import { blockBytes, largestDeviceMajor, largestDeviceMinor, largestId } from "./limits.ts";
import {
  encodePaxRecords,
  headerId,
  headerSize,
  headerTime,
  type PaxRecords,
  paxRecordsOf,
} from "./pax-write.ts";
import { type ChunkSink, Slab } from "./slab.ts";

/** Part of an open file; `offset` is where the content begins, `size` how long it is. */
export interface FileRange {
  readonly fd: number;
  readonly offset: number;
  readonly size: number;
}

/** Bytes at hand, or where in an open file they are. */
export type TarContent = Uint8Array | FileRange;

/**
 * Writes a canonical tar, synchronously: POSIX headers, a pax extended header only where a value does not fit, numeric owners,
 * whole seconds (nanoseconds are dropped), nothing that depends on the machine. Entries come out in the order they are given.
 */
export interface TarWriter {
  /**
   * Returns the offset of the entry's content. `observe` sees the bytes of the content as they are written.
   * @throws CONTENT_CHANGED when the content is not `entry.size` bytes long: the tar is broken then and must be dropped.
   */
  entry(entry: TarEntry, content?: TarContent, observe?: (chunk: Uint8Array) => void): number;
  /** The same for a large file: yields between pieces, so that its caller can let others have their turn. */
  pieces(entry: TarEntry, range: FileRange, observe?: (chunk: Uint8Array) => void): Generator<void, number>;
  /** Ends the archive; returns its length. */
  finish(): number;
}

/** Some ten milliseconds' worth. */
const pieceBytes = 16 << 20;

/** `room` gives the memory in which the next chunk for the sink is gathered; by default it is always the same. */
export function createTarWriter(sink: ChunkSink, room?: () => Buffer): TarWriter {
  const slab = new Slab(sink, room);
  return {
    entry(entry, content, observe) {
      refuseUnwritable(entry);
      putHeader(slab, entry);
      const start = slab.offset;
      if (entry.type === "file") putContent(slab, entry, content, observe);
      return start;
    },
    *pieces(entry, range, observe) {
      refuseUnwritable(entry);
      putHeader(slab, entry);
      const start = slab.offset;
      if (range.size !== entry.size) throw changed(entry, range.size);
      for (let done = 0; done < range.size; done += pieceBytes) {
        const size = Math.min(pieceBytes, range.size - done);
        putRange(slab, entry, { fd: range.fd, offset: range.offset + done, size }, observe);
        yield;
      }
      slab.pad();
      return start;
    },
    finish() {
      // POSIX pax: the archive ends with two blocks of zeros.
      for (let block = 0; block < 2; block++) {
        const at = slab.takeBlock();
        slab.bytes.fill(0, at, at + blockBytes);
      }
      slab.flush();
      return slab.offset;
    },
  };
}

/** The header blocks of one entry alone, for a caller who streams the content and its padding after them. */
export function entryHeader(entry: TarEntry): Buffer {
  refuseUnwritable(entry);
  const parts: Buffer[] = [];
  const slab = new Slab((chunk) => parts.push(Buffer.from(chunk)));
  putHeader(slab, entry);
  slab.flush();
  return Buffer.concat(parts);
}

function putHeader(slab: Slab, entry: TarEntry): void {
  const path = entry.path === "" ? "./" : entry.type === "directory" ? `${entry.path}/` : entry.path;
  const split = splitPath(path);
  const records = paxRecordsOf(entry, split < 0 ? path : undefined);
  if (records) putExtendedHeader(slab, entry, records);
  const size = entry.type === "file" ? entry.size : 0;
  const at = slab.takeBlock();
  encodeHeader(slab.bytes, at, {
    name: split > 0 ? path.slice(split + 1) : path,
    prefix: split > 0 ? path.slice(0, split) : "",
    mode: entry.mode,
    uid: headerId(entry.uid),
    gid: headerId(entry.gid),
    size: headerSize(size),
    mtime: headerTime(entry.mtimeSeconds),
    typeFlag: typeFlags[entry.type],
    linkName: entry.linkTarget ?? "",
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
  });
}

/** Where a path is cut into prefix and name: 0 when the name field holds it whole, -1 when it fits no header. */
function splitPath(path: string): number {
  const nameBytes = fields.name.length;
  if (path.length <= nameBytes) return 0;
  // The slash between the two is implied, and the one at the end of a directory belongs to its name.
  const slash = path.lastIndexOf("/", Math.min(fields.prefix.length, path.length - 2));
  return slash > 0 && path.length - slash - 1 <= nameBytes ? slash : -1;
}

function putExtendedHeader(slab: Slab, entry: TarEntry, records: PaxRecords): void {
  const body = encodePaxRecords(records, entry);
  const lastName = entry.path.slice(entry.path.lastIndexOf("/") + 1);
  const at = slab.takeBlock();
  encodeHeader(slab.bytes, at, {
    name: `PaxHeaders.0/${lastName}`,
    prefix: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    typeFlag: "x",
    linkName: "",
    deviceMajor: 0,
    deviceMinor: 0,
  });
  slab.append(body);
  slab.pad();
}

const nothing = new Uint8Array();

function putContent(
  slab: Slab,
  entry: TarEntry,
  content: TarContent = nothing,
  observe?: (chunk: Uint8Array) => void,
): void {
  const size = content instanceof Uint8Array ? content.length : content.size;
  if (size !== entry.size) throw changed(entry, size);
  if (!(content instanceof Uint8Array)) putRange(slab, entry, content, observe);
  else {
    observe?.(content);
    slab.append(content);
  }
  slab.pad();
}

function putRange(
  slab: Slab,
  entry: TarEntry,
  { fd, offset, size }: FileRange,
  observe?: (chunk: Uint8Array) => void,
): void {
  for (let done = 0; done < size; ) {
    const chunk = slab.appendFrom(fd, offset + done, size - done);
    if (!chunk) throw shrunk(entry);
    observe?.(chunk);
    done += chunk.length;
  }
}

function shrunk(entry: TarEntry): Error {
  return layersError(
    "CONTENT_CHANGED",
    `${JSON.stringify(entry.path)} lost some of its ${entry.size} bytes: it changed while it was being copied`,
  );
}

function changed(entry: TarEntry, bytes: number): Error {
  return layersError(
    "CONTENT_CHANGED",
    `${JSON.stringify(entry.path)} has ${bytes} bytes instead of ${entry.size}: it changed while it was being copied`,
  );
}

function refuseUnwritable(entry: TarEntry): void {
  const { path, linkTarget, mode, uid, gid, size, mtimeSeconds, deviceMajor, deviceMinor } = entry;
  if (path.includes("\0") || linkTarget?.includes("\0")) throw unwritable(entry, "its name has a NUL byte");
  if (!isCount(mode, 0o7777)) throw unwritable(entry, `its mode is ${mode}`);
  if (!isCount(uid, largestId)) throw unwritable(entry, `its uid is ${uid}`);
  if (!isCount(gid, largestId)) throw unwritable(entry, `its gid is ${gid}`);
  if (!isCount(size, Number.MAX_SAFE_INTEGER)) throw unwritable(entry, `its size is ${size}`);
  if (!Number.isSafeInteger(mtimeSeconds)) throw unwritable(entry, `its time is ${mtimeSeconds}`);
  if (!isCount(deviceMajor, largestDeviceMajor) || !isCount(deviceMinor, largestDeviceMinor))
    throw unwritable(entry, `its device number is ${deviceMajor}:${deviceMinor}`);
}

function isCount(value: number, largest: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= largest;
}

function unwritable(entry: TarEntry, why: string): Error {
  return layersError("TAR_INVALID", `${JSON.stringify(entry.path)} cannot be written to a tar: ${why}`);
}
