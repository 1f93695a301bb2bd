import type { BigIntStats } from "node:fs";
import { type Digest, hexOf, parseDigest } from "@tsbuild/layers";

/** What was found in one file: its bytes' digest, and whether it has an attribute that is copied with it. */
export interface RememberedFile {
  readonly digest: Digest;
  readonly isPlain: boolean;
}

/** What tells two states of a file apart. Of very many files no more is kept: all of lstat takes three times as much. */
export type FileIdentity = Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs">;

/** Digests of files by what lstat says of them: a file with the same device, inode, size, mtime and ctime has the same bytes. */
export interface FileMemo {
  get(stat: FileIdentity): RememberedFile | undefined;
  /** `hashedAtMs` is the moment before the file was read. Too young a file is not remembered: it may change unnoticed. */
  put(stat: FileIdentity, file: RememberedFile, hashedAtMs: number): void;
  forget(stat: FileIdentity): void;
  /** The memo as bytes, when something was added or forgotten. */
  changed(): Buffer | undefined;
}

/**
 * ctime comes from the kernel's tick (10 ms at 100 Hz): a second write in the same tick leaves it as it is. Ten ticks are far
 * beyond it, also where the clock of a network file system is a little off.
 */
const clockGranularityMs = 100;

const magic = Buffer.from("tsbuild files 1\n");
/** Device, inode, size, mtime and ctime in nanoseconds as 64-bit numbers, 32 bytes of digest, 8 of flags. */
const recordBytes = 5 * 8 + 32 + 8;
const digestAt = 5 * 8;
const flagsAt = digestAt + 32;

/** Beyond this the files that were not seen this time are dropped. */
const maxRecords = 1_000_000;

/** Reads a memo; one that is damaged, or of another version, is empty. */
export function createFileMemo(bytes: Buffer | undefined): FileMemo {
  const old = bytes && isMemo(bytes) ? bytes.subarray(magic.length) : Buffer.alloc(0);
  const places = new Map<bigint, number>();
  for (let at = 0; at < old.length; at += recordBytes) places.set(old.readBigUInt64LE(at + 8), at);
  const added = new Map<bigint, Buffer>();
  const recordOf = (inode: bigint): Buffer | undefined => {
    const place = places.get(inode);
    return added.get(inode) ?? (place === undefined ? undefined : old.subarray(place, place + recordBytes));
  };
  let isChanged = false;
  return {
    get(stat) {
      const record = recordOf(stat.ino);
      return record && isSame(record, stat) ? fileOf(record) : undefined;
    },
    put(stat, file, hashedAtMs) {
      if (Number(stat.ctimeNs / 1_000_000n) + clockGranularityMs >= hashedAtMs) return;
      added.set(stat.ino, encode(stat, file));
      isChanged = true;
    },
    forget(stat) {
      isChanged ||= added.has(stat.ino) || places.has(stat.ino);
      added.delete(stat.ino);
      places.delete(stat.ino);
    },
    changed() {
      if (!isChanged) return undefined;
      const kept = [...places].filter(([inode]) => !added.has(inode));
      const room = Math.max(0, maxRecords - added.size);
      const keptRecords = kept.slice(0, room).map(([, place]) => old.subarray(place, place + recordBytes));
      return Buffer.concat([magic, ...keptRecords, ...added.values()]);
    },
  };
}

function isMemo(bytes: Buffer): boolean {
  const hasMagic = bytes.subarray(0, magic.length).equals(magic);
  return hasMagic && (bytes.length - magic.length) % recordBytes === 0;
}

function isSame(record: Buffer, stat: FileIdentity): boolean {
  return (
    record.readBigUInt64LE(0) === stat.dev &&
    record.readBigUInt64LE(16) === stat.size &&
    record.readBigInt64LE(24) === stat.mtimeNs &&
    record.readBigInt64LE(32) === stat.ctimeNs
  );
}

function fileOf(record: Buffer): RememberedFile {
  const hex = record.toString("hex", digestAt, flagsAt);
  return { digest: parseDigest(`sha256:${hex}`), isPlain: record[flagsAt] === 1 };
}

function encode(stat: FileIdentity, { digest, isPlain }: RememberedFile): Buffer {
  const record = Buffer.alloc(recordBytes);
  record.writeBigUInt64LE(stat.dev, 0);
  record.writeBigUInt64LE(stat.ino, 8);
  record.writeBigUInt64LE(stat.size, 16);
  record.writeBigInt64LE(stat.mtimeNs, 24);
  record.writeBigInt64LE(stat.ctimeNs, 32);
  record.write(hexOf(digest), digestAt, "hex");
  record[flagsAt] = isPlain ? 1 : 0;
  return record;
}
