import { closeSync, constants, mkdirSync, mkdtempSync, rmdirSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAt } from "../../src/root-dir/remove.ts";
import { hasErrno } from "../../src/sys/check.ts";
import { currentDirectory, mkdirAt, openAt, symlinkAt } from "../../src/sys/files.ts";

/**
 * A tree from lines: `dir PATH`, `file PATH CONTENT`, `link PATH TARGET` (symbolic). Paths are byte strings without spaces,
 * of any length; parents are made. Gives the base directory, whose "root" holds the tree and whose "outside" must never
 * be reached.
 */
export function makeTree(lines: readonly string[]): { readonly base: string; [Symbol.dispose](): void } {
  const base = mkdtempSync(join(tmpdir(), "tsbuild-root-"));
  mkdirSync(join(base, "root"));
  mkdirSync(join(base, "outside"));
  writeFileSync(join(base, "outside", "file"), "OUTSIDE");
  for (const line of lines) add(join(base, "root"), line);
  return {
    base,
    [Symbol.dispose]: () => {
      const directory = openAt(currentDirectory, base, constants.O_DIRECTORY);
      for (const name of ["root", "outside"]) removeAt(directory, name);
      closeSync(directory);
      rmdirSync(base);
    },
  };
}

function add(root: string, line: string): void {
  const [kind, path = "", argument = ""] = line.split(" ");
  const parents = path.split("/");
  const name = parents.pop() as string;
  let directory = openAt(currentDirectory, root, constants.O_DIRECTORY);
  for (const parent of kind === "dir" ? [...parents, name] : parents) {
    const below = enter(directory, parent);
    closeSync(directory);
    directory = below;
  }
  if (kind === "link") symlinkAt(argument, directory, name);
  if (kind === "file") {
    const fd = openAt(directory, name, constants.O_CREAT | constants.O_WRONLY, 0o644);
    writeSync(fd, argument);
    closeSync(fd);
  }
  closeSync(directory);
}

function enter(directory: number, name: string): number {
  try {
    mkdirAt(directory, name, 0o755);
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw error;
  }
  return openAt(directory, name, constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
