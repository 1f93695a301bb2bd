import { readSync } from "node:fs";
import type { TarSink } from "./entry.ts";
import { createTarParser, type TarLimits } from "./read.ts";

const chunkBytes = 1024 * 1024;

/** Reads the tar that an open file is, from its beginning, synchronously. @throws TAR_INVALID, TAR_ESCAPES */
export function parseTarFile(fd: number, sink: TarSink, limits: TarLimits = {}): void {
  const parser = createTarParser(sink, limits);
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let offset = 0;
  for (let count = readSync(fd, chunk, 0, chunkBytes, 0); count > 0; ) {
    parser.write(chunk.subarray(0, count));
    offset += count;
    count = readSync(fd, chunk, 0, chunkBytes, offset);
  }
  parser.finish();
}
