import type { EntryType } from "./entry.ts";
import { blockBytes } from "./limits.ts";

/** A header block as values; all of them fit their fields. */
export interface HeaderFields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeFlag: string;
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

export interface Field {
  readonly at: number;
  readonly length: number;
}

/** Where the fields lie in a header block (POSIX pax, "ustar Header Block"). */
export const fields = {
  name: { at: 0, length: 100 },
  mode: { at: 100, length: 8 },
  uid: { at: 108, length: 8 },
  gid: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  mtime: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  typeFlag: { at: 156, length: 1 },
  linkName: { at: 157, length: 100 },
  magic: { at: 257, length: 8 },
  deviceMajor: { at: 329, length: 8 },
  deviceMinor: { at: 337, length: 8 },
  prefix: { at: 345, length: 155 },
  /** In the place of the prefix, in GNU's format. */
  accessTime: { at: 345, length: 12 },
  /** At the end of the block, in star's format. */
  starMark: { at: 508, length: 4 },
} as const;

/** The magic and version of POSIX. */
export const posixMagic = "ustar\x0000";

export const typeFlags: Readonly<Record<EntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

/** The largest number that an octal field holds beside its NUL. */
export function largestOctal(field: Field): number {
  return 8 ** (field.length - 1) - 1;
}

const digitZero = 48;
const template = Buffer.alloc(blockBytes);
template.write(posixMagic, fields.magic.at, "latin1");

/** Writes a header block in place. */
export function encodeHeader(into: Buffer, at: number, header: HeaderFields): void {
  into.set(template, at);
  putBytes(into, at, fields.name, header.name);
  putOctal(into, at, fields.mode, header.mode);
  putOctal(into, at, fields.uid, header.uid);
  putOctal(into, at, fields.gid, header.gid);
  putOctal(into, at, fields.size, header.size);
  putOctal(into, at, fields.mtime, header.mtime);
  into[at + fields.typeFlag.at] = header.typeFlag.charCodeAt(0);
  putBytes(into, at, fields.linkName, header.linkName);
  putOctal(into, at, fields.deviceMajor, header.deviceMajor);
  putOctal(into, at, fields.deviceMinor, header.deviceMinor);
  putBytes(into, at, fields.prefix, header.prefix);
  putChecksum(into, at);
}

/** The sum of a header's bytes with the checksum field taken as spaces. */
export function checksumOf(block: Uint8Array, at: number): number {
  const skipped = at + fields.checksum.at;
  const resume = skipped + fields.checksum.length;
  let sum = fields.checksum.length * 32;
  for (let index = at; index < skipped; index++) sum += block[index] as number;
  for (let index = resume; index < at + blockBytes; index++) sum += block[index] as number;
  return sum;
}

function putBytes(into: Buffer, at: number, field: Field, bytes: string): void {
  if (bytes !== "") into.write(bytes, at + field.at, field.length, "latin1");
}

function putOctal(into: Buffer, at: number, field: Field, value: number): void {
  let rest = value;
  for (let index = at + field.at + field.length - 2; index >= at + field.at; index--) {
    into[index] = digitZero + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** Six digits, NUL, space: the form every tar since 1979 has written. */
function putChecksum(into: Buffer, at: number): void {
  let rest = checksumOf(into, at);
  const start = at + fields.checksum.at;
  for (let index = start + 5; index >= start; index--) {
    into[index] = digitZero + (rest & 7);
    rest >>= 3;
  }
  into[start + 6] = 0;
  into[start + 7] = 32;
}
