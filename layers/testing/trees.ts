import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TreePath } from "@tsbuild/runner-native";
import { effectiveDirectory } from "../src/layer-index/effective.ts";
import { createIndexBuilder } from "../src/layer-index/index-builder.ts";
import { createIndexView, type IndexedLayer, indexedLayer } from "../src/layer-index/index-view.ts";
import type { TreeView } from "../src/tree/tree-view.ts";
import { blankMetadata, type TarEntry } from "../src/tar/entry.ts";

/** A path as the tests write it. */
export function path(text: string): TreePath {
  return text as TreePath;
}

/** An entry with everything plain that is not said. */
export function entry(name: string, fields: Partial<TarEntry> = {}): TarEntry & { path: TreePath } {
  const type = fields.type ?? "file";
  return {
    ...blankMetadata,
    type,
    mode: type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644,
    mtimeSeconds: 1000,
    xattrs: undefined,
    ...fields,
    path: path(name),
  };
}

/** What a line of a tree may say: `dir/`, `name -> target`, `name = other name`, `name: content`, `.wh.` names, or a plain name. */
export type TreeLine = string | readonly [string, Partial<TarEntry>];

/** The entries and contents that lines stand for. */
export function entriesOf(
  lines: readonly TreeLine[],
): { readonly entry: TarEntry; readonly content: Buffer }[] {
  return lines.map((line) => {
    const [text, fields] = typeof line === "string" ? [line, {}] : line;
    const parsed = parseLine(text);
    const content = Buffer.from(parsed.content ?? "");
    return { entry: entry(parsed.name, { ...parsed.fields, size: content.length, ...fields }), content };
  });
}

/** One layer from lines, on top of others; contents lie in a file under `directory`. */
export function layerOf(
  directory: string,
  lines: readonly TreeLine[],
  chain: readonly IndexedLayer[] = [],
): IndexedLayer {
  const builder = createIndexBuilder();
  const entries = entriesOf(lines);
  let offset = 0;
  for (const { entry: it, content } of entries) {
    builder.add(it, offset);
    offset += content.length;
  }
  const file = join(mkdtempSync(join(directory, "layer-")), "content");
  writeFileSync(file, Buffer.concat(entries.map(({ content }) => content)));
  using below = createIndexView(chain);
  const index = builder.finish((at) => effectiveDirectory(below, at));
  return indexedLayer(index, async () => ({ kind: "tar", path: file }));
}

/** A temporary directory that goes away with its scope. */
export function scratch(): { readonly path: string } & Disposable {
  const made = mkdtempSync(join(tmpdir(), "layers-test-"));
  return {
    path: made,
    [Symbol.dispose]() {
      // What a test extracted may deny its owner everything.
      execFileSync("chmod", ["-R", "u+rwX", made]);
      rmSync(made, { recursive: true, force: true });
    },
  };
}

/** Layers, bottom first, as one view. */
export function viewOf(directory: string, ...layers: readonly (readonly TreeLine[])[]): TreeView {
  const chain: IndexedLayer[] = [];
  for (const lines of layers) chain.push(layerOf(directory, lines, chain));
  return createIndexView(chain);
}

function parseLine(text: string): { name: string; fields: Partial<TarEntry>; content?: string } {
  const symlink = text.split(" -> ");
  if (symlink.length === 2)
    return { name: symlink[0] as string, fields: { type: "symlink", linkTarget: symlink[1] as string } };
  const hardlink = text.split(" = ");
  if (hardlink.length === 2)
    return { name: hardlink[0] as string, fields: { type: "hardlink", linkTarget: hardlink[1] as string } };
  const file = text.split(": ");
  if (file.length === 2) return { name: file[0] as string, fields: {}, content: file[1] as string };
  if (text.endsWith("/")) return { name: text.slice(0, -1), fields: { type: "directory" } };
  return { name: text, fields: {} };
}
