import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { createTarParser, detectCompression, type TarEntry } from "@tsbuild/layers";

/** An entry of a tar with what it holds. */
export interface ArchivedEntry {
  readonly entry: TarEntry;
  readonly content: string;
}

/** The entries of a tar by path, in their order. */
export type TarContents = ReadonlyMap<string, ArchivedEntry>;

/** Reads a tar, compressed or not. */
export function readTar(archive: Buffer): TarContents {
  const found = new Map<string, { readonly entry: TarEntry; content: string }>();
  let current: { content: string } | undefined;
  const parser = createTarParser({
    entry: (entry) => {
      const archived = { entry, content: "" };
      found.set(entry.path, archived);
      current = archived;
    },
    data: (chunk) => {
      if (current) current.content += Buffer.from(chunk).toString("latin1");
    },
    end: () => undefined,
  });
  parser.write(plain(archive));
  parser.finish();
  return found;
}

function plain(archive: Buffer): Buffer {
  const compression = detectCompression(archive);
  if (compression === "gzip") return gunzipSync(archive);
  return compression === "zstd" ? zstdDecompressSync(archive) : archive;
}
