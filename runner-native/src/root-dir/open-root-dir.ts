import { constants } from "node:fs";
import { currentDirectory, openAt, openFlags } from "../sys/files.ts";
import { hasOpenat2, openByOpenat2 } from "./resolve-openat2.ts";
import { openByWalk } from "./resolve-walk.ts";
import type { RootDir } from "./root-dir.ts";
import { type OpenBeneath, RootedDirectory } from "./rooted-directory.ts";

/** The ways to stay inside a root; both keep the same promises. */
export type RootDirMethod = "openat2" | "walk";

const methods: Readonly<Record<RootDirMethod, OpenBeneath>> = { openat2: openByOpenat2, walk: openByWalk };

/**
 * Opens a directory of the host (a byte string; links in it are followed as usual, so it must be a path of our own) as a root.
 * Without a method the kernel and TSBUILD_DISABLE decide.
 */
export function openRootDir(path: string, method?: RootDirMethod): RootDir {
  return rootDirFromFd(openAt(currentDirectory, path, openFlags.path | constants.O_DIRECTORY), method);
}

/** A RootDir over an open directory, which belongs to it from now on: also a detached mount. */
export function rootDirFromFd(fd: number, method?: RootDirMethod): RootDir {
  return new RootedDirectory(fd, methods[method ?? (hasOpenat2() ? "openat2" : "walk")]);
}
