import { type Digest, hexOf } from "@tsbuild/layers";
import type { FileStat } from "@tsbuild/runner-native";

/** What was found in one file: its bytes' digest, and whether it has no attribute that is copied with it. */
export interface RememberedFile {
  readonly digest: Digest;
  readonly isPlain: boolean;
}

/** What tells two states of a file apart. */
export type FileIdentity = Pick<
  FileStat,
  "device" | "inode" | "size" | "mtimeSeconds" | "mtimeNanoseconds" | "ctimeSeconds" | "ctimeNanoseconds"
>;

/** Digests of files by what lstat says of them: a file with the same device, inode, size, mtime and ctime has the same bytes. */
export interface FileMemo {
  get(stat: FileIdentity): RememberedFile | undefined;
  /** True when the file is remembered to have no attribute. */
  isPlain(stat: FileIdentity): boolean;
  /** `hashedAtMs` is a moment before the file was read. Too young a file is not remembered: it may change unnoticed. */
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

const magic = Buffer.from("tsbuild files 2\n");
/** Device, inode, size, mtime and ctime (seconds, nanoseconds), flags, as 64-bit floats; then 32 bytes of digest. */
const numbers = 8;
const digestBytes = 32;
const recordBytes = numbers * 8 + digestBytes;
const stride = recordBytes / 8;

/** Beyond this the files that were not seen this time are dropped. */
const maxRecords = 1_000_000;

/** Reads a memo; one that is damaged, or of another version, is empty. */
export function createFileMemo(bytes: Buffer | undefined): FileMemo {
  const old = recordsOf(bytes);
  const values = new Float64Array(old.buffer, old.byteOffset, old.length / 8);
  const places = new Map<number, number>();
  for (let at = 0; at < values.length; at += stride) places.set(values[at + 1] as number, at);
  const added = new Map<number, Added>();
  let isChanged = false;
  const placeOf = (stat: FileIdentity): number | undefined => {
    const place = added.has(stat.inode) ? undefined : places.get(stat.inode);
    return place !== undefined && isSame(values, place, stat) ? place : undefined;
  };
  const fresh = (stat: FileIdentity): RememberedFile | undefined => {
    const found = added.get(stat.inode);
    return found && isSame(numbersOf(found.stat, found.file), 0, stat) ? found.file : undefined;
  };
  return {
    get(stat) {
      const place = placeOf(stat);
      if (place === undefined) return fresh(stat);
      return { digest: digestAt(old, place), isPlain: values[place + 7] === 1 };
    },
    isPlain(stat) {
      const place = placeOf(stat);
      return place === undefined ? (fresh(stat)?.isPlain ?? false) : values[place + 7] === 1;
    },
    put(stat, file, hashedAtMs) {
      const changedAtMs = stat.ctimeSeconds * 1000 + stat.ctimeNanoseconds / 1e6;
      if (changedAtMs + clockGranularityMs >= hashedAtMs) return;
      added.set(stat.inode, { stat, file });
      isChanged = true;
    },
    forget({ inode }) {
      isChanged ||= added.has(inode) || places.has(inode);
      added.delete(inode);
      places.delete(inode);
    },
    changed() {
      if (!isChanged) return undefined;
      const fresh = [...added.values()];
      // As a rule everything is kept, and copying very many records one by one would cost more than all the rest.
      if (places.size * recordBytes === old.length && places.size + added.size <= maxRecords) {
        const known = fresh.filter(({ stat }) => places.has(stat.inode));
        for (const it of known) encode([it]).copy(old, (places.get(it.stat.inode) as number) * 8);
        return Buffer.concat([magic, old, encode(fresh.filter(({ stat }) => !places.has(stat.inode)))]);
      }
      const kept = [...places].filter(([inode]) => !added.has(inode));
      const room = Math.max(0, maxRecords - added.size);
      const keptRecords = kept.slice(0, room).map(([, at]) => old.subarray(at * 8, at * 8 + recordBytes));
      return Buffer.concat([magic, ...keptRecords, encode(fresh)]);
    },
  };
}

interface Added {
  readonly stat: FileIdentity;
  readonly file: RememberedFile;
}

/** The records on a buffer of their own, where floats are aligned. */
function recordsOf(bytes: Buffer = magic): Buffer {
  const length = bytes.length - magic.length;
  if (!bytes.subarray(0, magic.length).equals(magic) || length % recordBytes !== 0)
    return Buffer.allocUnsafeSlow(0);
  const records = Buffer.allocUnsafeSlow(length);
  bytes.copy(records, 0, magic.length);
  return records;
}

function isSame(values: Float64Array, at: number, stat: FileIdentity): boolean {
  return (
    values[at] === stat.device &&
    values[at + 2] === stat.size &&
    values[at + 3] === stat.mtimeSeconds &&
    values[at + 4] === stat.mtimeNanoseconds &&
    values[at + 5] === stat.ctimeSeconds &&
    values[at + 6] === stat.ctimeNanoseconds
  );
}

/** 32 bytes in hex are a digest whatever they are; parsing each again would cost more than all the rest. */
function digestAt(records: Buffer, place: number): Digest {
  const start = (place + numbers) * 8;
  return `sha256:${records.toString("hex", start, start + digestBytes)}` as Digest;
}

function numbersOf(stat: FileIdentity, { isPlain }: RememberedFile): Float64Array {
  const { device, inode, size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds } = stat;
  return Float64Array.of(
    device,
    inode,
    size,
    mtimeSeconds,
    mtimeNanoseconds,
    ctimeSeconds,
    ctimeNanoseconds,
    isPlain ? 1 : 0,
  );
}

function encode(files: readonly Added[]): Buffer {
  const values = new Float64Array(files.length * stride);
  const bytes = Buffer.from(values.buffer);
  files.forEach(({ stat, file }, index) => {
    values.set(numbersOf(stat, file), index * stride);
    bytes.write(hexOf(file.digest), index * recordBytes + numbers * 8, "hex");
  });
  return bytes;
}
