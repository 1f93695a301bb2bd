import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { bytesFromText, currentDirectory, hasErrno, mknodAt, setXattr } from "@tsbuild/runner-native";

/** Numbers from a seed, the same on every machine: `below(n)` is 0 to n - 1. */
export interface Dice {
  below(limit: number): number;
  pick<Value>(values: readonly Value[]): Value;
}

/** xorshift32 */
export function createDice(seed: number): Dice {
  let state = (seed * 2654435761) >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
  return { below, pick: (values) => values[below(values.length)] as never };
}

const names = ["a", "b", "c", "a.b", "caf\u00e9", "link", "sub"];
/** Later than anything in a base, earlier than now. */
const changedTime = 1_500_000_000;

/** Some of the things a RUN does, as the dice say: the same in two trees that look the same. */
export function mutate(root: string, dice: Dice): void {
  const count = 1 + dice.below(8);
  for (let index = 0; index < count; index += 1) dice.pick(actions)(root, dice);
  settleTimes(root);
}

type Action = (root: string, dice: Dice) => void;

const actions: readonly Action[] = [
  (root, dice) => fresh(root, dice, (path) => writeFileSync(path, "x".repeat(dice.below(20)))),
  (root, dice) => fresh(root, dice, (path) => mkdirSync(path)),
  (root, dice) => fresh(root, dice, (path) => symlinkSync(dice.pick(names), path)),
  (root, dice) => fresh(root, dice, (path) => makeNode(path, { type: "fifo", mode: 0o640 })),
  (root, dice) =>
    fresh(root, dice, (path) => makeNode(path, { type: "char", mode: 0o600, major: 1, minor: 3 })),
  (root, dice) => fresh(root, dice, (path) => makeNode(path, { type: "socket", mode: 0o600 })),
  (root, dice) => file(root, dice, (path) => writeFileSync(path, `changed ${dice.below(5)}`)),
  (root, dice) => file(root, dice, rewriteSecretly),
  (root, dice) => file(root, dice, (path) => truncateSync(path, dice.below(5))),
  (root, dice) => file(root, dice, (path) => fresh(root, dice, (to) => linkSync(path, to))),
  (root, dice) => file(root, dice, (path) => fresh(root, dice, (to) => renameSync(path, to))),
  (root, dice) => file(root, dice, (path) => replaceBy(path, (at) => mkdirSync(at))),
  (root, dice) =>
    file(root, dice, (path) => setXattr(bytesFromText(path), "user.note", Buffer.from(`${dice.below(3)}`))),
  (root, dice) => file(root, dice, (path) => writeFileSync(path, readFileSync(path))),
  (root, dice) => directory(root, dice, (path) => replaceBy(path, (at) => writeFileSync(at, "file"))),
  (root, dice) => directory(root, dice, (path) => replaceBy(path, (at) => mkdirSync(at))),
  (root, dice) => directory(root, dice, rebuild),
  (root, dice) =>
    directory(root, dice, (path) => setXattr(bytesFromText(path), "user.note", Buffer.from("directory"))),
  (root, dice) => any(root, dice, (path) => rmSync(path, { recursive: true })),
  (root, dice) => any(root, dice, (path) => rmSync(path, { recursive: true })),
  (root, dice) => any(root, dice, (path) => chownOrLink(path, dice)),
  (root, dice) =>
    any(root, dice, (path) => !lstatSync(path).isSymbolicLink() && chmodSync(path, modeFrom(dice))),
  (root, dice) => any(root, dice, (path) => lutimesSync(path, 5, 1 + dice.below(3))),
];

function makeNode(path: string, node: Parameters<typeof mknodAt>[2]): void {
  try {
    mknodAt(currentDirectory, bytesFromText(path), node);
  } catch (error) {
    // A user namespace makes no devices.
    if (!hasErrno(error, "EPERM")) throw error;
  }
}

function fresh(root: string, dice: Dice, make: (path: string) => void): void {
  const parent = dice.pick(["", ...pathsOf(root, (path) => lstatSync(path).isDirectory())]);
  const path = join(root, parent, dice.pick(names));
  if (!lstatSync(path, { throwIfNoEntry: false })) make(path);
}

function file(root: string, dice: Dice, act: (path: string) => void): void {
  choose(root, dice, (path) => lstatSync(path).isFile(), act);
}

function directory(root: string, dice: Dice, act: (path: string) => void): void {
  choose(root, dice, (path) => lstatSync(path).isDirectory(), act);
}

function any(root: string, dice: Dice, act: (path: string) => void): void {
  choose(root, dice, () => true, act);
}

function choose(
  root: string,
  dice: Dice,
  fits: (path: string) => boolean,
  act: (path: string) => void,
): void {
  const paths = pathsOf(root, fits);
  const roll = dice.below(1000);
  if (paths.length > 0) act(join(root, paths[roll % paths.length] as string));
}

function pathsOf(root: string, fits: (path: string) => boolean): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => fits(join(root, path)))
    .sort();
}

/** Same size, and the old time put back: only the content tells. */
function rewriteSecretly(path: string): void {
  const { size, atimeMs, mtimeMs } = lstatSync(path);
  writeFileSync(path, "s".repeat(size));
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

function replaceBy(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true });
  make(path);
}

/** Removed and put back as it was, as far as copying can. */
function rebuild(path: string): void {
  const copy = join(dirname(path), "rebuilt");
  if (pathsOf(path, (at) => !isPlain(at)).length > 0) return;
  cpSync(path, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  rmSync(path, { recursive: true });
  renameSync(copy, path);
}

function isPlain(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
}

function chownOrLink(path: string, dice: Dice): void {
  const owner = dice.below(3);
  if (!lstatSync(path).isSymbolicLink()) chownSync(path, owner, owner);
}

function modeFrom(dice: Dice): number {
  return dice.pick([0o600, 0o755, 0o4755, 0o2711, 0o1777]);
}

/** What happened "now" happened at one time, so that two runs can be compared; children first. */
function settleTimes(root: string): void {
  for (const path of pathsOf(root, () => true).reverse())
    if (lstatSync(join(root, path)).mtimeMs > changedTime * 1000)
      lutimesSync(join(root, path), changedTime, changedTime);
}
