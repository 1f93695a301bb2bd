import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createChance } from "../chance.ts";

/**
 * `node swapper.ts CONTEXT OUTSIDE SEED`: until it is killed, replaces names of the context by links out of it, fifos, directories and
 * files of other sizes, and back, by renames, so that at every moment something is there.
 */
const [context = "", outside = "", seed = "1"] = process.argv.slice(2);
const by = createChance(Number(seed));
/** Two of these scripts share the names: each has every second one. */
const isOurs = (_: string, at: number): boolean => at % 2 === Number(seed) % 2;
const names = Array.from({ length: 40 }, (_, at) => `d${at % 5}/f${at}`).filter(isOurs);
const directories = ["d0", "d1", "d2/deep", "d3"];
const aside = join(context, "..", `aside-${process.pid}`);

/** What may stand where a file was, each made aside before it is moved in. */
const kinds: readonly ((path: string) => void)[] = [
  (path) => symlinkSync(join(outside, "secret"), path),
  (path) => symlinkSync("../../outside/secret", path),
  (path) => symlinkSync(outside, path),
  (path) => symlinkSync("/dev/zero", path),
  (path) => symlinkSync("/proc/self/environ", path),
  (path) => linkSync(join(aside, "fifo"), path),
  (path) => writeFileSync(path, "inside ".repeat(by.below(20_000))),
  (path) => writeFileSync(path, "inside"),
];

function swapFile(name: string): void {
  const [from, to] = [join(aside, "next"), join(context, name)];
  by.pick(kinds)(from);
  tryRename(from, to);
  rmSync(from, { force: true });
}

/** A directory becomes a link to one outside with the same names in it, or moves out and back. */
function swapDirectory(name: string): void {
  const [path, moved] = [join(context, name), join(aside, "moved")];
  renameSync(path, moved);
  if (by.below(3) > 0) symlinkSync(by.pick([outside, "../../outside", "/"]), path);
  rmSync(path, { force: true });
  renameSync(moved, path);
}

/** A directory stands where a file was, and the other way round: only one of the two can be moved there at once. */
function swapForDirectory(name: string): void {
  const path = join(context, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  writeFileSync(join(path, "below"), "inside");
  rmSync(path, { recursive: true });
  writeFileSync(path, "inside");
}

function tryRename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // EISDIR: the turn of a directory.
    rmSync(to, { recursive: true, force: true });
  }
}

mkdirSync(aside);
execFileSync("mkfifo", [join(aside, "fifo")]);
for (const directory of ["d4", ...directories]) mkdirSync(join(context, directory), { recursive: true });
process.stdout.write("ready\n");
const pause = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  // Some builds are to succeed.
  if (by.below(100) === 0) Atomics.wait(pause, 0, 0, by.below(60));
  const turn = by.below(2000);
  try {
    if (turn < 1400) swapFile(by.pick(names));
    else if (turn < 1800) swapDirectory(by.pick(directories.filter(isOurs)));
    else if (turn < 1996) swapForDirectory(by.pick(names));
    else if (turn === 1999) {
      swapFile(".dockerignore");
      rmSync(join(context, ".dockerignore"));
    }
  } catch {
    // ENOENT, ENOTDIR: the other script has moved what is above.
  }
}
