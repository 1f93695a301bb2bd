import type { ArchiveEntry } from "@tsbuild/layers";

/** When the youngest file of an archive was changed, in seconds since 1970; undefined when it has no file. As in BuildKit, directories and links do not count. */
export function newestFile(entries: Iterable<ArchiveEntry>): number | undefined {
  let newest: number | undefined;
  for (const { entry } of entries)
    if (entry.type === "file" || entry.type === "hardlink")
      newest = Math.max(newest ?? entry.mtimeSeconds, entry.mtimeSeconds);
  return newest;
}
