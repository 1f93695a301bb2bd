import type { TarEntry } from "../src/tar/entry.ts";
import { createTarWriter } from "../src/tar/write.ts";
import { entry } from "./trees.ts";

/** A tar of these entries: a file's text, or what else an entry says; a name that ends with a slash is a directory. */
export function tarOf(entries: readonly (readonly [string, string | Partial<TarEntry>])[]): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [name, node] of entries) {
    if (name.endsWith("/")) writer.entry(entry(name.slice(0, -1), { type: "directory" }));
    else if (typeof node === "string")
      writer.entry(entry(name, { size: Buffer.byteLength(node) }), Buffer.from(node));
    else writer.entry(entry(name, node));
  }
  writer.finish();
  return Buffer.concat(chunks);
}
