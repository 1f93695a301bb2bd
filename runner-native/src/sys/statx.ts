import { constants } from "node:os";
import type { FileStat, FileType } from "../root-dir/root-dir.ts";
import { check, syscallError } from "./check.ts";
import { makeDevice } from "./files.ts";
import { bindSyscall, cString, lastErrno } from "./libc.ts";

const statxCall = bindSyscall("statx", ["int", "uint8_t *", "int", "uint32_t", "uint8_t *"]);

const atSymlinkNofollow = 0x100;
const atNoAutomount = 0x800;
const atEmptyPath = 0x1000;
/** STATX_BASIC_STATS */
const basicStats = 0x7ff;

/** struct statx of linux/stat.h; both architectures are little-endian. */
const bytes = new Uint8Array(256);
const fields = new DataView(bytes.buffer);

/** lstat of (directory, name), 0.6 µs; with "" the descriptor itself. */
export function statAt(directory: number, path: string): FileStat {
  check(callStatx(directory, path), "statx", path);
  return decode();
}

/** As statAt, but undefined where nothing is (ENOENT, ENOTDIR): an exception would cost ten times as much. */
export function tryStatAt(directory: number, path: string): FileStat | undefined {
  if (callStatx(directory, path) === 0) return decode();
  const errno = lastErrno();
  if (errno === constants.errno.ENOENT || errno === constants.errno.ENOTDIR) return undefined;
  throw syscallError("statx", errno, path);
}

function callStatx(directory: number, path: string): number {
  const flags = atSymlinkNofollow | atNoAutomount | (path === "" ? atEmptyPath : 0);
  return statxCall(directory, cString(path), flags, basicStats, bytes);
}

function decode(): FileStat {
  const mode = fields.getUint16(28, true);
  return {
    type: fileTypeOf(mode),
    mode: mode & 0o7777,
    uid: fields.getUint32(20, true),
    gid: fields.getUint32(24, true),
    size: unsigned64(40),
    mtimeSeconds: signed64(112),
    mtimeNanoseconds: fields.getUint32(120, true),
    ctimeSeconds: signed64(96),
    ctimeNanoseconds: fields.getUint32(104, true),
    inode: unsigned64(32),
    device: makeDevice(fields.getUint32(136, true), fields.getUint32(140, true)),
    links: fields.getUint32(16, true),
    deviceMajor: fields.getUint32(128, true),
    deviceMinor: fields.getUint32(132, true),
  };
}

/** Two halves as numbers are five times faster than one bigint; exact below 2^53. */
function unsigned64(offset: number): number {
  return smallOr(offset, fields.getUint32(offset + 4, true));
}

function signed64(offset: number): number {
  return smallOr(offset, fields.getInt32(offset + 4, true));
}

/** What fits 31 bits never becomes a float, which V8 would keep as an object of its own in each of very many results. */
function smallOr(offset: number, high: number): number {
  const low = fields.getInt32(offset, true);
  return high === 0 && low >= 0 ? low : high * 0x100000000 + (low >>> 0);
}

/** The type bits of st_mode (inode(7)). */
export function fileTypeOf(mode: number): FileType {
  switch (mode & 0o170000) {
    case 0o040000:
      return "directory";
    case 0o120000:
      return "symlink";
    case 0o020000:
      return "char";
    case 0o060000:
      return "block";
    case 0o010000:
      return "fifo";
    case 0o140000:
      return "socket";
    default:
      return "file";
  }
}
