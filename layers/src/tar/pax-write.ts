import { isUtf8 } from "node:buffer";
import { layersError } from "../errors.ts";
import type { TarEntry } from "./entry.ts";
import { fields, largestOctal } from "./header.ts";
import { maxExtendedHeaderBytes } from "./limits.ts";

/** What a header block cannot say about an entry, as a name in the pax extended header and its value, both byte strings. */
export type PaxRecords = Map<string, string>;

const largestId = largestOctal(fields.uid);
const largestSize = largestOctal(fields.size);
const largestTime = largestOctal(fields.mtime);

/** The records an entry needs; undefined when its header block says it all. */
export function paxRecordsOf(entry: TarEntry, longPath: string | undefined): PaxRecords | undefined {
  const { uid, gid, size, mtimeSeconds, linkTarget = "", xattrs } = entry;
  const records: PaxRecords = new Map();
  if (longPath !== undefined) records.set("path", longPath);
  if (linkTarget.length > fields.linkName.length) records.set("linkpath", linkTarget);
  if (uid > largestId) records.set("uid", String(uid));
  if (gid > largestId) records.set("gid", String(gid));
  if (size > largestSize) records.set("size", String(size));
  if (!fitsTime(mtimeSeconds)) records.set("mtime", String(mtimeSeconds));
  for (const [name, value] of xattrs ?? []) records.set(xattrKey(name), value.toString("latin1"));
  if (records.size === 0) return undefined;
  // POSIX pax: values are UTF-8 unless this record says otherwise; GNU, libarchive and Python then keep the bytes as they are.
  if (!isText(records.get("path")) || !isText(records.get("linkpath"))) records.set("hdrcharset", "BINARY");
  return records;
}

/** The body of the extended header, sorted by name as Go writes it. */
export function encodePaxRecords(records: PaxRecords, entry: TarEntry): Buffer {
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = sorted.map(([key, value]) => paxRecord(key, value)).join("");
  if (body.length > maxExtendedHeaderBytes)
    throw layersError(
      "TAR_INVALID",
      `the attributes of ${JSON.stringify(entry.path)} take ${body.length} bytes, which no tar can carry to docker`,
      { hint: "remove extended attributes: at most 1 MiB is read back" },
    );
  return Buffer.from(body, "latin1");
}

/** The value for the header block where the real one is in a record: zero, as Go writes it. */
export function headerId(id: number): number {
  return id > largestId ? 0 : id;
}

export function headerSize(size: number): number {
  return size > largestSize ? 0 : size;
}

export function headerTime(seconds: number): number {
  return fitsTime(seconds) ? seconds : 0;
}

/** "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function xattrKey(name: string): string {
  if (name.includes("=") || name.includes("\0") || name === "")
    throw layersError(
      "TAR_INVALID",
      `a tar cannot hold the extended attribute ${JSON.stringify(name)}: its name must be free of "=" and NUL`,
    );
  return `SCHILY.xattr.${name}`;
}

function fitsTime(seconds: number): boolean {
  return seconds >= 0 && seconds <= largestTime;
}

function isText(bytes: string | undefined): boolean {
  return bytes === undefined || isUtf8(Buffer.from(bytes, "latin1"));
}
