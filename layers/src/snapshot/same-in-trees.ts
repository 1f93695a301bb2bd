import type { FileStat, RootDir, TreePath } from "@tsbuild/runner-native";
import { keptXattrs, sameXattrs } from "../tree/kept-xattrs.ts";
import { openedFile } from "../tree/opened-file.ts";
import type { Turns } from "../turns.ts";
import { sameBytes, sameMetadata } from "./same-entry.ts";

/** One entry of an open directory. */
export interface PlacedEntry {
  readonly stat: FileStat;
  readonly directory: RootDir;
  readonly name: TreePath;
}

/** Whether a layer that says nothing of an entry would show the same. */
export async function isSameInTrees(left: PlacedEntry, right: PlacedEntry, turns: Turns): Promise<boolean> {
  if (!sameMetadata(left.stat, right.stat) || !sameKeptXattrs(left, right)) return false;
  return sameContent(left, right, turns);
}

function sameKeptXattrs(left: PlacedEntry, right: PlacedEntry): boolean {
  const kept = ({ directory, name }: PlacedEntry): ReturnType<typeof keptXattrs> =>
    keptXattrs(directory.listXattrs(name), "layer");
  return sameXattrs(kept(left), kept(right));
}

async function sameContent(left: PlacedEntry, right: PlacedEntry, turns: Turns): Promise<boolean> {
  if (left.stat.type === "symlink")
    return left.directory.readlink(left.name) === right.directory.readlink(right.name);
  if (left.stat.type !== "file" || left.stat.size === 0) return true;
  return sameBytes(openedFile(left.directory, left.name), openedFile(right.directory, right.name), turns);
}
