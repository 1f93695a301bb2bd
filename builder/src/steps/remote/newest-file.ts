import type { TarEntry } from "@tsbuild/layers";

/** Finds when the youngest file of an archive was changed. As in BuildKit, directories and links do not count. */
export interface Newest {
  add(entry: TarEntry): void;
  /** Since 1970; undefined when there was no file. */
  seconds(): number | undefined;
}

export function createNewest(): Newest {
  let newest: number | undefined;
  return {
    add({ type, mtimeSeconds }) {
      // The name that Go's reader takes for a regular file includes hard links.
      if (type === "file" || type === "hardlink") newest = Math.max(newest ?? mtimeSeconds, mtimeSeconds);
    },
    seconds: () => newest,
  };
}
