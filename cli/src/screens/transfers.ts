import type { TransferProgress } from "@tsbuild/builder";
import { formatSize } from "../format.ts";

/** One line for each blob when it has arrived or was sent. */
export function createTransferLines(write: (text: string) => void): TransferProgress {
  const said = new Set<string>();
  return (what, doneBytes, totalBytes) => {
    if (doneBytes !== totalBytes || said.has(what)) return;
    said.add(what);
    write(`${what.slice(0, "sha256:".length + 12)}  ${formatSize(doneBytes)}\n`);
  };
}
