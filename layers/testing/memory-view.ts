import { closeSync, writeSync } from "node:fs";
import { createMemfd, parentOf, type TreePath } from "@tsbuild/runner-native";
import { blankMetadata } from "../src/tar/entry.ts";
import type { TreeView, ViewEntry } from "../src/tree/tree-view.ts";

/** A file's text, or any entry. */
export type MemoryNode = string | Partial<ViewEntry>;

const blank: ViewEntry = {
  ...blankMetadata,
  type: "file",
  mode: 0o644,
  hardlinkGroup: undefined,
};

/** A tree made of a table, for tests; directories above the named paths are there by themselves. */
export function memoryView(nodes: Readonly<Record<string, MemoryNode>>): TreeView {
  const entries = new Map<string, ViewEntry>([["", { ...blank, type: "directory", mode: 0o755 }]]);
  for (const [path, node] of Object.entries(nodes)) {
    for (let up = parentOf(path as TreePath); up !== ""; up = parentOf(up))
      entries.set(up, { ...blank, type: "directory", mode: 0o755 });
    entries.set(
      path,
      typeof node === "string" ? { ...blank, size: Buffer.byteLength(node) } : { ...blank, ...node },
    );
  }
  return {
    lookup: (path) => entries.get(path),
    list: (directory) =>
      [...entries.keys()].filter((path) => path !== "" && parentOf(path as TreePath) === directory).sort(),
    xattrs: () => undefined,
    prepare: async () => {},
    content(path) {
      const node = nodes[path];
      const bytes = Buffer.from(typeof node === "string" ? node : "");
      const fd = contentFile(bytes);
      return { fd, offset: 0, size: bytes.length, close: () => closeSync(fd) };
    },
    [Symbol.dispose]() {},
  };
}

function contentFile(bytes: Buffer): number {
  const fd = createMemfd("memory-view");
  writeSync(fd, bytes);
  return fd;
}
