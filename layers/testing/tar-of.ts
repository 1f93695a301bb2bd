import type { TarEntry } from "../src/tar/entry.ts";
import { createTarWriter } from "../src/tar/write.ts";
import { entry } from "./trees.ts";

/** A file's text, or what else an entry says. */
export type TarNode = string | (Partial<TarEntry> & { readonly content?: Buffer });

/** A tar of these entries, in this order; a name that ends with a slash is a directory. */
export function tarOf(entries: readonly (readonly [string, TarNode])[]): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [name, node] of entries) {
    if (name.endsWith("/")) {
      writer.entry(entry(name.slice(0, -1), { type: "directory" }));
      continue;
    }
    const { content = Buffer.alloc(0), ...fields } =
      typeof node === "string" ? { content: Buffer.from(node) } : node;
    writer.entry(entry(name, { ...fields, size: content.length }), content);
  }
  writer.finish();
  return Buffer.concat(chunks);
}
