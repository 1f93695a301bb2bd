import { constants } from "node:os";
import { SyscallError } from "../errors.ts";
import { textFromBytes } from "../tree-path.ts";
import { lastErrno } from "./libc.ts";

let names: Map<number, string> | undefined;

/** `ENOENT` for 2. Of two names for one number (EAGAIN, EWOULDBLOCK) the first in the kernel's own list. */
export function errnoName(errno: number): string {
  if (!names) {
    names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
    names.set(constants.errno.EAGAIN, "EAGAIN");
    names.set(constants.errno.EOPNOTSUPP, "EOPNOTSUPP");
  }
  return names.get(errno) ?? `errno ${errno}`;
}

/** Passes a result through; below zero it throws the errno of the call that just returned. */
export function check(result: number, syscall: string, path?: string): number {
  if (result < 0) throw syscallError(syscall, lastErrno(), path);
  return result;
}

/** A path in a message is cut here. */
const shownLength = 500;

/** The error of a call, from its errno; `path` is the byte string it was given, and stands as text in the error. */
export function syscallError(syscall: string, errno: number, path?: string): SyscallError {
  const shown = path !== undefined && path.length > shownLength ? path.slice(0, shownLength) : path;
  return new SyscallError(syscall, errno, errnoName(errno), shown && textFromBytes(shown));
}

/** True for a SyscallError, or an error of node:fs, with one of these names (`ENOENT`, …). */
export function hasErrno(error: unknown, ...wanted: readonly string[]): boolean {
  if (error instanceof SyscallError) return wanted.includes(error.errnoName);
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && wanted.includes(error.code);
}
