import { createTarParser } from "../src/tar/read.ts";
import type { TarEntry } from "../src/tar/entry.ts";
import { createTarWriter, type TarContent } from "../src/tar/write.ts";

export interface ReadEntry {
  readonly entry: TarEntry;
  readonly content: Buffer;
  readonly contentOffset: number;
}

/** What a tar holds; fed in pieces of a size, whole unless said otherwise. */
export function readTar(tar: Buffer, pieceBytes: number = tar.length): ReadEntry[] {
  const read: { entry: TarEntry; chunks: Buffer[]; contentOffset: number }[] = [];
  const parser = createTarParser({
    entry: (entry, contentOffset) => void read.push({ entry, chunks: [], contentOffset }),
    data: (chunk) => void read.at(-1)?.chunks.push(Buffer.from(chunk)),
    end: () => {},
  });
  for (let at = 0; at < tar.length; at += pieceBytes) parser.write(tar.subarray(at, at + pieceBytes));
  parser.finish();
  return read.map(({ entry, chunks, contentOffset }) => ({
    entry,
    content: Buffer.concat(chunks),
    contentOffset,
  }));
}

/** A canonical tar of these entries. */
export function tarOf(...entries: readonly (readonly [entry: TarEntry, content?: TarContent])[]): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [entry, content] of entries) writer.entry(entry, content);
  writer.finish();
  return Buffer.concat(chunks);
}
