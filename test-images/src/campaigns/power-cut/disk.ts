import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** File systems that a store may lie on, and how one is made. */
export const fileSystems = {
  ext4: ["mkfs.ext4", "-q", "-F"],
  xfs: ["mkfs.xfs", "-q", "-f"],
  btrfs: ["mkfs.btrfs", "-q", "-f"],
} as const;
export type FileSystem = keyof typeof fileSystems;

/** Holds the images of disks, on an XFS of its own: a clone of a file there is what it was at one moment, however it is written to. */
export interface Shelf extends Disposable {
  readonly directory: string;
}

const shelfSize = "24G";
const diskSize = "600M";

export function makeShelf(directory: string): Shelf {
  const file = join(directory, "shelf.xfs");
  const shelf = join(directory, "shelf");
  mkdirSync(shelf);
  run("truncate", "-s", shelfSize, file);
  run("mkfs.xfs", "-q", "-m", "reflink=1", file);
  run("mount", "-o", "loop", file, shelf);
  return { directory: shelf, [Symbol.dispose]: () => run("umount", shelf) };
}

/** The image of an empty disk. */
export function makeDisk(shelf: Shelf, name: string, kind: FileSystem): string {
  const disk = join(shelf.directory, name);
  const [program, ...options] = fileSystems[kind];
  run("truncate", "-s", diskSize, disk);
  run(program, ...options, disk);
  return disk;
}

/** What would be on the disk if the power went now: what the kernel still has in memory is not. */
export function cutPower(shelf: Shelf, disk: string, name: string): string {
  const cut = join(shelf.directory, name);
  run("cp", "--reflink=always", disk, cut);
  return cut;
}

/** A disk mounted until it is disposed of. */
export function mountDisk(disk: string, at: string): Disposable & { readonly path: string } {
  mkdirSync(at, { recursive: true });
  run("mount", "-o", "loop", disk, at);
  return {
    path: at,
    [Symbol.dispose]: () => {
      run("umount", at);
      rmSync(at, { recursive: true });
    },
  };
}

/** What is there now survives every cut. */
export function syncDisk(path: string): void {
  run("sync", "--file-system", path);
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}
