import { closeSync, constants, mkdirSync, openSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { mountOverlay } from "./overlay-mount.ts";
import { openRootDir, rootDirFromFd } from "./root-dir/open-root-dir.ts";
import { hasErrno } from "./sys/check.ts";
import { cloneFile } from "./sys/copy.ts";
import { isFeatureDisabled } from "./sys/features.ts";
import { bytesFromText, type TreePath } from "./tree-path.ts";

/** Whether overlayfs works where the store is. */
export type OverlayProbe =
  | { readonly kind: "usable" }
  /** Why not, as the end of a sentence. */
  | { readonly kind: "unusable"; readonly reason: string };

/** statfs(2) f_type */
const overlayMagic = 0x794c7630;

const name = (text: string): TreePath => text as TreePath;

/**
 * Mounts an overlay with its upper directory on the file system of `directory` (empty, private, left for the caller to remove) and
 * removes and remakes a directory in it: what a RUN needs. 1-2 ms.
 */
export function probeOverlay(directory: string): OverlayProbe {
  if (isFeatureDisabled("overlay")) return unusable("it is switched off by TSBUILD_DISABLE");
  if (statfsSync(directory).type === overlayMagic)
    return unusable(
      `${directory} is itself on an overlay mount, which cannot hold another one's upper directory`,
    );
  const [lower, upper, work] = ["lower", "upper", "work"].map((part) => join(directory, part)) as [
    string,
    string,
    string,
  ];
  for (const path of [lower, upper, work]) mkdirSync(path);
  mkdirSync(join(lower, "old"));
  writeFileSync(join(lower, "old", "file"), "");
  try {
    using merged = rootDirFromFd(mountOverlay({ lower: [lower], writable: { upper, work } }));
    merged.remove(name("old"));
    // Over a whiteout this has to set the opaque attribute.
    merged.mkdir(name("old"), 0o755);
    if (merged.list(name("old")).length > 0) return unusable(`${directory} cannot hold its attributes`);
  } catch (error) {
    return unusable(error instanceof Error ? error.message : String(error));
  }
  using made = openRootDir(bytesFromText(upper));
  return made.tryLstat(name("old"))
    ? { kind: "usable" }
    : unusable("it did not write to its upper directory");
}

function unusable(reason: string): OverlayProbe {
  return { kind: "unusable", reason };
}

/** Whether copies on the file system of `directory` (private, left for the caller to remove) can share their blocks. */
export function probeReflink(directory: string): boolean {
  if (isFeatureDisabled("reflink")) return false;
  const from = openSync(join(directory, "reflink-from"), constants.O_RDWR | constants.O_CREAT, 0o600);
  const to = openSync(join(directory, "reflink-to"), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    writeSync(from, Buffer.alloc(4096, 1));
    return cloneFile(from, to);
  } catch (error) {
    if (hasErrno(error, "ENOSPC", "EDQUOT")) return false;
    throw error;
  } finally {
    closeSync(from);
    closeSync(to);
  }
}
