import type { FileStat } from "@tsbuild/runner-native";
import type { EntryMetadata } from "../tar/entry.ts";

/** What of a file's status belongs to a tree; the mode of a link means nothing and is the same everywhere. */
export function metadataOf(stat: FileStat, linkTarget: string | undefined): EntryMetadata {
  return {
    mode: stat.type === "symlink" ? 0o777 : stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.type === "file" ? stat.size : 0,
    mtimeSeconds: stat.mtimeSeconds,
    mtimeNanoseconds: stat.mtimeNanoseconds,
    linkTarget,
    deviceMajor: stat.deviceMajor,
    deviceMinor: stat.deviceMinor,
  };
}
