import { maxXattrBytes, maxXattrNameBytes, maxXattrs } from "./limits.ts";
import type { Refuse } from "./refusal.ts";

/** What an extended header says about the next entry; strings are byte strings. */
export interface PaxValues {
  path?: string;
  linkPath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: PaxTime;
  xattrs?: Map<string, Buffer>;
}

export interface PaxTime {
  readonly seconds: number;
  /** 0 to 999,999,999, also before 1970. */
  readonly nanoseconds: number;
}

const space = 32;
const newline = 10;
const equals = 61;
const digitZero = 48;
const digitNine = 57;
const xattrPrefix = "SCHILY.xattr.";
/** GNU's, star's and Solaris' ways to say that the content is not the file but a map of it. */
const sparseKey = /^GNU\.sparse\.|^SCHILY\.(realsize|offset)$|^SUN\.holesdata$/;

/** Reads the body of an extended header by bytes. Keys that mean nothing to a layer are passed over. */
export function readPax(body: Buffer, refuse: Refuse): PaxValues {
  const values: PaxValues = {};
  const seen = new Set<string>();
  for (const { key, from, to } of paxRecords(body, refuse)) {
    const known = knownKey(key, refuse);
    if (!known) continue;
    if (seen.has(key)) throw refuse(`its extended header says ${key} twice`);
    seen.add(key);
    setValue(values, key, body.subarray(from, to), refuse);
  }
  return values;
}

/**
 * Reads the body of a global header. Such as `git archive` writes hold a comment only; docker passes over all of them while
 * others apply them, so one that would change entries is refused.
 */
export function readGlobalPax(body: Buffer, refuse: Refuse): void {
  for (const { key } of paxRecords(body, refuse))
    if (knownKey(key, refuse))
      throw refuse(`its global header sets ${key} for every entry, which docker ignores`);
}

interface PaxRecord {
  readonly key: string;
  /** Where the value lies in the body. */
  readonly from: number;
  readonly to: number;
}

/** "LENGTH KEY=VALUE\n", back to back (POSIX pax, "pax Extended Header"). */
function* paxRecords(body: Buffer, refuse: Refuse): Generator<PaxRecord> {
  for (let start = 0; start < body.length; ) {
    const { length, at } = recordLength(body, start, refuse);
    const end = start + length;
    if (end > body.length || at >= end || body[end - 1] !== newline)
      throw refuse(`a record of its extended header is not ${length} bytes long as it says`);
    const sign = body.indexOf(equals, at);
    if (sign <= at || sign >= end) throw refuse("a record of its extended header has no key");
    yield { key: body.toString("latin1", at, sign), from: sign + 1, to: end - 1 };
    start = end;
  }
}

function recordLength(body: Buffer, start: number, refuse: Refuse): { length: number; at: number } {
  let length = 0;
  let at = start;
  for (; at < body.length && at - start < 8; at++) {
    const byte = body[at] as number;
    if (byte < digitZero || byte > digitNine) break;
    length = length * 10 + (byte - digitZero);
  }
  if (at === start || body[start] === digitZero || body[at] !== space)
    throw refuse("a record of its extended header has no length");
  return { length, at: at + 1 };
}

function knownKey(key: string, refuse: Refuse): boolean {
  if (sparseKey.test(key)) throw sparse(refuse);
  if (key.includes("\0")) throw refuse("a key of its extended header has a NUL byte");
  if (key.startsWith(xattrPrefix)) return true;
  switch (key) {
    case "path":
    case "linkpath":
    case "size":
    case "uid":
    case "gid":
    case "mtime":
      return true;
    default:
      return false;
  }
}

/** The refusal of a sparse file in any of its forms. */
export function sparse(refuse: Refuse): Error {
  return refuse(
    "it is stored as a sparse file, which docker cannot read",
    "make the archive without --sparse",
  );
}

function setValue(values: PaxValues, key: string, value: Buffer, refuse: Refuse): void {
  switch (key) {
    case "path":
      values.path = nameOf(key, value, refuse);
      return;
    case "linkpath":
      values.linkPath = nameOf(key, value, refuse);
      return;
    case "size":
    case "uid":
    case "gid":
      values[key] = countOf(key, value, refuse);
      return;
    case "mtime":
      values.mtime = timeOf(value, refuse);
      return;
    default:
      values.xattrs ??= new Map();
      setXattr(values.xattrs, key.slice(xattrPrefix.length), value, refuse);
  }
}

function nameOf(key: string, value: Buffer, refuse: Refuse): string {
  // An empty value would mean "as the header says" to some readers and "no name" to others.
  if (value.length === 0) throw refuse(`the ${key} of its extended header is empty`);
  if (value.includes(0)) throw refuse(`the ${key} of its extended header has a NUL byte`);
  return value.toString("latin1");
}

const decimal = /^[0-9]{1,16}$/;

function countOf(key: string, value: Buffer, refuse: Refuse): number {
  const text = value.toString("latin1", 0, 20);
  const count = Number(text);
  if (!decimal.test(text) || !Number.isSafeInteger(count))
    throw refuse(`the ${key} of its extended header is not a number that can be`);
  return count;
}

const decimalTime = /^(-?)([0-9]{1,15})(?:\.([0-9]{0,40}))?$/;

function timeOf(value: Buffer, refuse: Refuse): PaxTime {
  const match = decimalTime.exec(value.toString("latin1", 0, 64));
  if (!match || value.length > 64) throw refuse("the mtime of its extended header is not a time");
  const [, sign, whole, fraction = ""] = match;
  const seconds = Number(whole);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "") return { seconds, nanoseconds };
  if (nanoseconds === 0) return { seconds: seconds === 0 ? 0 : -seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function setXattr(xattrs: Map<string, Buffer>, name: string, value: Buffer, refuse: Refuse): void {
  if (name === "" || name.length > maxXattrNameBytes)
    throw refuse(`it has an extended attribute with a name of ${name.length} bytes`);
  if (value.length > maxXattrBytes)
    throw refuse(`its extended attribute ${name} has ${value.length} bytes, more than Linux stores`);
  if (xattrs.size === maxXattrs) throw refuse(`it has more than ${maxXattrs} extended attributes`);
  // A copy: the body it lies in may be the caller's chunk.
  xattrs.set(name, Buffer.from(value));
}
