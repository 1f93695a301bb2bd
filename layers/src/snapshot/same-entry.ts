import { readSync } from "node:fs";
import type { FileStat } from "@tsbuild/runner-native";
import type { OpenContent } from "../tree/tree-view.ts";
import type { Turns } from "../turns.ts";

/** What of an entry is compared before its attributes and content. */
export type ComparedEntry = Pick<
  FileStat,
  | "type"
  | "mode"
  | "uid"
  | "gid"
  | "size"
  | "mtimeSeconds"
  | "mtimeNanoseconds"
  | "deviceMajor"
  | "deviceMinor"
>;

/** Of a directory the time does not count: a file made and removed leaves no trace (BuildKit). Of a link the mode does not. */
export function sameMetadata(left: ComparedEntry, right: ComparedEntry): boolean {
  if (left.type !== right.type || left.uid !== right.uid || left.gid !== right.gid) return false;
  const sameMode = left.mode === right.mode;
  const sameTime =
    left.mtimeSeconds === right.mtimeSeconds && left.mtimeNanoseconds === right.mtimeNanoseconds;
  switch (left.type) {
    case "directory":
      return sameMode;
    case "symlink":
      return sameTime;
    case "file":
      return sameMode && sameTime && left.size === right.size;
    case "char":
    case "block":
      return (
        sameMode &&
        sameTime &&
        left.deviceMajor === right.deviceMajor &&
        left.deviceMinor === right.deviceMinor
      );
    case "fifo":
    case "socket":
      return sameMode && sameTime;
  }
}

const chunkSize = 256 * 1024;
/** Between two turns somebody else may compare, so every chunk is compared as soon as it is read. */
let chunks: readonly [Buffer, Buffer] | undefined;

/** Compares two contents of the same size and closes them. */
export async function sameBytes(left: OpenContent, right: OpenContent, turns: Turns): Promise<boolean> {
  try {
    chunks ??= [Buffer.allocUnsafeSlow(chunkSize), Buffer.allocUnsafeSlow(chunkSize)];
    for (let done = 0; done < left.size; ) {
      const wanted = Math.min(chunkSize, left.size - done);
      const size = readSync(left.fd, chunks[0], 0, wanted, left.offset + done);
      if (size === 0 || size !== readSync(right.fd, chunks[1], 0, size, right.offset + done)) return false;
      if (chunks[0].compare(chunks[1], 0, size, 0, size) !== 0) return false;
      done += size;
      if (turns.isOver(2 * size)) await turns.next();
    }
    return true;
  } finally {
    left.close();
    right.close();
  }
}
