import type { FileStat, TreePath } from "@tsbuild/runner-native";
import type { Xattrs } from "../tar/entry.ts";

interface FileTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What is found of one entry. */
interface FoundEntry {
  readonly path: TreePath;
  readonly stat: FileStat;
  /** Those that a layer carries. */
  readonly xattrs: Xattrs | undefined;
  /** The target of a symbolic link. */
  readonly target: string | undefined;
  /** A directory through which nothing of the chain below shows. */
  readonly isPure: boolean;
  /** The chain below has nothing of that name. */
  readonly isNew: boolean;
  /** Which file below this is the same as: equal for names of one file there. */
  readonly sameAs: string | undefined;
}

/** One entry of what a RUN left, while it is decided what belongs to the layer. */
export interface UpperNode extends FoundEntry {
  /** Equal for names of one file, undefined for a file with one name. */
  readonly linkGroup: string | undefined;
  /** The chain below shows the same. */
  isSame: boolean;
  /** Of a directory: entries and whiteouts left in it. */
  keptChildren: number;
  /** Of a directory: names were made or removed in it, so that its time changed rightly. */
  hasNewNames: boolean;
  /** Of a directory: its time before a dropped stub was made in it. */
  timeBeforeStubs: FileTime | undefined;
  time: FileTime;
}

export function upperNode(found: FoundEntry & { readonly isSame: boolean }): UpperNode {
  const { stat } = found;
  const isLinked = stat.type !== "directory" && stat.links > 1;
  return {
    ...found,
    linkGroup: isLinked ? `${stat.device}:${stat.inode}` : undefined,
    keptChildren: 0,
    hasNewNames: false,
    timeBeforeStubs: undefined,
    time: { seconds: stat.mtimeSeconds, nanoseconds: stat.mtimeNanoseconds },
  };
}
