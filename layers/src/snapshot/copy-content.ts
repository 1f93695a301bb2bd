import { fstatSync, writeSync } from "node:fs";
import { cloneFile, copyFileRange, hasErrno, isFeatureDisabled } from "@tsbuild/runner-native";
import { readContent } from "../tree/read-content.ts";
import type { OpenContent } from "../tree/tree-view.ts";

/** Copies whole files by the best way that two file systems have, and remembers which that is. */
export interface ContentCopier {
  /** Writes the content into an empty file. */
  copy(from: OpenContent, toFd: number): void;
}

export function createContentCopier(): ContentCopier {
  let reflinks = !isFeatureDisabled("reflink");
  let ranges = !isFeatureDisabled("copy_file_range");
  return {
    copy(from, toFd) {
      if (from.size === 0) return;
      if (reflinks && isWholeFile(from)) {
        reflinks = cloneFile(from.fd, toFd);
        if (reflinks) return;
      }
      if (ranges) {
        ranges = copyRanges(from, toFd);
        if (ranges) return;
      }
      readContent(from, (slice) => writeAll(toFd, slice));
    },
  };
}

/** Blocks are shared whole, so only the content of a file of its own can be; that of a tar begins anywhere. */
function isWholeFile({ fd, offset, size }: OpenContent): boolean {
  return offset === 0 && fstatSync(fd).size === size;
}

/** False where the kernel cannot copy between these two; then nothing has been written. */
function copyRanges({ fd, offset, size }: OpenContent, toFd: number): boolean {
  for (let done = 0; done < size; ) {
    let copied: number;
    try {
      copied = copyFileRange({ fd, position: offset + done }, toFd, size - done);
    } catch (error) {
      if (done > 0 || !hasErrno(error, "EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EPERM")) throw error;
      return false;
    }
    if (copied === 0) return true;
    done += copied;
  }
  return true;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}
