import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { TsbuildError } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";

/** The `code` of an error of node:fs, like ENOENT; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** True for the errors that say "nothing is there". */
export function isMissing(error: unknown): boolean {
  const code = errnoOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** What to throw for a failed write below `root`; `neededBytes` is what was still to be written, where known. */
export function writeFailure(error: unknown, root: string, neededBytes: number): Error {
  if (error instanceof TsbuildError) return error;
  switch (errnoOf(error) ?? "") {
    case "ENOSPC":
    case "EDQUOT":
      return fullError(error, root, neededBytes);
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return readOnlyError(root, error);
    default:
      return ioFailure(error, root);
  }
}

export function readOnlyError(root: string, cause?: unknown): TsbuildError {
  return layersError("STORE_READ_ONLY", `the store ${root} cannot be written`, {
    hint: "choose another store with --root, or make this one writable",
    cause,
  });
}

/** What to throw for a failed read below `root`. */
export function ioFailure(error: unknown, root: string): Error {
  if (error instanceof TsbuildError) return error;
  return layersError("STORE_IO", `the store ${root} failed: ${messageOf(error)}`, {
    hint: "check the disk, the limits on open files and the permissions of the store",
    cause: error,
  });
}

/** Less than SQLite may want at once, or a program that failed to write its output. */
const nearlyFullBytes = 256 << 10;

/** True where next to nothing can be written below `root` any more. */
export function isNearlyFull(root: string): boolean {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize < nearlyFullBytes;
}

/** Names the file system, what is needed and what is free. */
export function fullError(cause: unknown, root: string, neededBytes: number): TsbuildError {
  const { bavail, bsize } = statfsSync(root);
  const needed = neededBytes > 0 ? `${neededBytes} more bytes are needed, ` : "";
  return layersError(
    "STORE_FULL",
    `the file system mounted at ${mountPointOf(root)} is full: ${needed}${bavail * bsize} are free (store ${root})`,
    { hint: "free some space there, run tsbuild prune, or choose another store with --root", cause },
  );
}

function mountPointOf(path: string): string {
  const { dev } = statSync(path);
  let top = path;
  while (dirname(top) !== top && statSync(dirname(top)).dev === dev) top = dirname(top);
  return top;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
