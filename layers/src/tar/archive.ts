import type { Compression } from "../compress/detect.ts";
import { type DecompressOptions, decompress, detectStream } from "../compress/decompress.ts";
import { layersError } from "../errors.ts";
import type { TarSink } from "./entry.ts";
import { createTarParser, type TarLimits } from "./read.ts";

/**
 * Reads an archive from outside, compressed in whatever way: a context on standard input, a docker archive, what ADD unpacks.
 * Returns how it was compressed. @throws TAR_INVALID, TAR_ESCAPES, COMPRESSION_CORRUPT, COMPRESSION_MEMORY, COMPRESSION_UNKNOWN, BLOB_TOO_LARGE
 */
export async function parseArchive(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  limits: TarLimits & DecompressOptions,
): Promise<Compression> {
  const { kind, bytes } = await detectStream(source);
  if (kind === "plain")
    throw layersError("TAR_INVALID", "this is no tar archive", {
      hint: "give a tar, as it is or compressed with gzip, zstd, bzip2 or xz",
    });
  const parser = createTarParser(sink, limits);
  for await (const chunk of decompress(bytes, kind, limits)) parser.write(chunk);
  parser.finish();
  return kind;
}
