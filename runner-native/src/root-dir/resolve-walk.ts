import { closeSync, constants, statfsSync } from "node:fs";
import { constants as system } from "node:os";
import { SyscallError } from "../errors.ts";
import { hasErrno, syscallError } from "../sys/check.ts";
import { openAt, openFlags, readlinkAt } from "../sys/files.ts";
import { statAt } from "../sys/statx.ts";

/** MAXSYMLINKS of the kernel (path_resolution(7)). */
const longestChain = 40;
/** PROC_SUPER_MAGIC (statfs(2)) */
const procMagic = 0x9fa0;

const stepFlags = openFlags.path | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens beneath a root component by component with O_NOFOLLOW, resolving links itself: for kernels without openat2.
 * ".." never asks the kernel: it drops the last component reached and walks down from the root again.
 */
export function openByWalk(root: number, path: string, flags: number, mode: number): number {
  using walk = new Walk(root, path);
  try {
    for (;;) {
      const name = walk.next();
      if (walk.hasMore()) walk.enter(name);
      else {
        const fd = walk.open(name, flags, mode);
        if (fd !== undefined) return fd;
      }
    }
  } catch (error) {
    if (error instanceof SyscallError) throw syscallError("openat", error.errno, path);
    throw error;
  }
}

class Walk implements Disposable {
  readonly #root: number;
  /** The directory reached: the root's own descriptor or one of ours. */
  #directory: number;
  /** How it was reached, as names that were no links; what ".." shortens. */
  readonly #reached: string[] = [];
  /** What is still to go, next component last. */
  readonly #pending: string[] = [];
  #links = 0;

  constructor(root: number, path: string) {
    this.#root = root;
    this.#directory = root;
    this.#push(path);
  }

  /** The next name to open in the directory reached; ".." is dealt with here. */
  next(): string {
    for (;;) {
      const name = this.#pending.pop() ?? ".";
      if (name !== "..") return name;
      this.#up();
    }
  }

  hasMore(): boolean {
    return this.#pending.length > 0;
  }

  enter(name: string): void {
    try {
      this.#move(openAt(this.#directory, name, stepFlags));
      this.#reached.push(name);
    } catch (error) {
      if (!hasErrno(error, "ENOTDIR")) throw error;
      this.#follow(name, error);
    }
  }

  /** Opens the last component; undefined when it was a link, whose target is then pending. */
  open(name: string, flags: number, mode: number): number | undefined {
    let fd: number;
    try {
      fd = openAt(this.#directory, name, flags | constants.O_NOFOLLOW, mode);
    } catch (error) {
      // A link gives ELOOP, with O_DIRECTORY ENOTDIR.
      if (!hasErrno(error, "ELOOP", "ENOTDIR") || (flags & constants.O_NOFOLLOW) !== 0) throw error;
      this.#follow(name, error);
      return undefined;
    }
    const opensLinks = (flags & openFlags.path) !== 0 && (flags & constants.O_NOFOLLOW) === 0;
    if (!opensLinks || statAt(fd, "").type !== "symlink") return fd;
    closeSync(fd);
    this.#follow(name, undefined);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#move(this.#root);
  }

  /** Puts the target of a link before what is pending; throws `otherwise` when the name is no link. */
  #follow(name: string, otherwise: unknown): void {
    let target: string;
    try {
      target = readlinkAt(this.#directory, name);
    } catch (error) {
      throw hasErrno(error, "EINVAL") && otherwise !== undefined ? otherwise : error;
    }
    this.#links += 1;
    if (this.#links > longestChain || this.#isMagic(target)) throw syscallError("openat", system.errno.ELOOP);
    if (target.startsWith("/")) this.#restart();
    this.#push(target);
  }

  /** Links of /proc that jump to an inode show an absolute path or something like "pipe:[1]"; its plain ones are relative. */
  #isMagic(target: string): boolean {
    return (
      (target.startsWith("/") || target.includes(":")) &&
      statfsSync(`/proc/self/fd/${this.#directory}`).type === procMagic
    );
  }

  #push(path: string): void {
    const parts = path.split("/");
    // "file/" asks for a directory as "file/." does.
    if (parts.at(-1) === "") parts[parts.length - 1] = ".";
    for (let index = parts.length - 1; index >= 0; index -= 1) {
      const part = parts[index] as string;
      if (part !== "" && (part !== "." || !this.hasMore())) this.#pending.push(part);
    }
  }

  #up(): void {
    // With nothing after the "..", the directory itself is what is to be opened.
    if (!this.hasMore()) this.#pending.push(".");
    this.#pending.push(...this.#reached.slice(0, -1).reverse());
    this.#restart();
  }

  #restart(): void {
    this.#reached.length = 0;
    this.#move(this.#root);
  }

  #move(directory: number): void {
    if (this.#directory !== this.#root) closeSync(this.#directory);
    this.#directory = directory;
  }
}
