import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createTarParser, type Hasher, createHasher, type TarEntry } from "@tsbuild/layers";

/** What is compared of one entry of a layer. */
export interface LayerItem {
  readonly entry: TarEntry;
  /** Digest of a file's bytes; empty for everything else. */
  readonly content: string;
}

/** The entries of one layer by path. */
export type LayerItems = ReadonlyMap<string, LayerItem>;

/** Reads the tar of a layer, compressed or not. @throws when two entries have one name, which no layer needs. */
export function readLayer(path: string): LayerItems {
  const bytes = readFileSync(path);
  const items = new Map<string, LayerItem>();
  let open: { readonly entry: TarEntry; readonly hasher: Hasher } | undefined;
  const close = (): void => {
    if (open !== undefined) items.set(open.entry.path, { entry: open.entry, content: open.hasher.digest() });
    open = undefined;
  };
  const parser = createTarParser({
    entry(entry) {
      close();
      if (items.has(entry.path)) throw new Error(`${path} has ${JSON.stringify(entry.path)} twice`);
      if (entry.type === "file") open = { entry, hasher: createHasher() };
      else items.set(entry.path, { entry, content: "" });
    },
    data(chunk) {
      open?.hasher.update(chunk);
    },
    end: close,
  });
  parser.write(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
  parser.finish();
  return items;
}
