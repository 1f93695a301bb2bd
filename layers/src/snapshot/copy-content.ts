import { fstatSync, writeSync } from "node:fs";
import { cloneFile, copyFileRange, hasErrno, isFeatureDisabled } from "@tsbuild/runner-native";
import { slicesOf } from "../tree/read-content.ts";
import type { OpenContent } from "../tree/tree-view.ts";
import type { Turns } from "../turns.ts";

/** Copies whole files by the best way that two file systems have, and remembers which that is. */
export interface ContentCopier {
  /** Writes the content into an empty file. */
  copy(from: OpenContent, toFd: number, turns: Turns): Promise<void>;
}

export function createContentCopier(): ContentCopier {
  let reflinks = !isFeatureDisabled("reflink");
  let ranges = !isFeatureDisabled("copy_file_range");
  return {
    async copy(from, toFd, turns) {
      if (from.size === 0) return;
      if (reflinks && isWholeFile(from)) {
        reflinks = cloneFile(from.fd, toFd);
        if (reflinks) return;
      }
      if (ranges) {
        ranges = await copyRanges(from, toFd, turns);
        if (ranges) return;
      }
      for (const slice of slicesOf(from)) {
        writeAll(toFd, slice);
        if (turns.isOver(slice.length)) await turns.next();
      }
    },
  };
}

/** Blocks are shared whole, so only the content of a file of its own can be; that of a tar begins anywhere. */
function isWholeFile({ fd, offset, size }: OpenContent): boolean {
  return offset === 0 && fstatSync(fd).size === size;
}

/** The kernel would copy two gigabytes in one call, which nothing can interrupt. */
const rangeBytes = 16 << 20;

/** False where the kernel cannot copy between these two; then nothing has been written. */
async function copyRanges({ fd, offset, size }: OpenContent, toFd: number, turns: Turns): Promise<boolean> {
  for (let done = 0; done < size; ) {
    let copied: number;
    try {
      copied = copyFileRange({ fd, position: offset + done }, toFd, Math.min(size - done, rangeBytes));
    } catch (error) {
      if (done > 0 || !hasErrno(error, "EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EPERM")) throw error;
      return false;
    }
    if (copied === 0) return true;
    done += copied;
    if (turns.isOver(copied)) await turns.next();
  }
  return true;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}
