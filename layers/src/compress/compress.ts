import { layersError } from "../errors.ts";
import { gzip } from "./gzip.ts";
import { zstd } from "./zstd.ts";

export interface CompressionOptions {
  readonly algorithm: "gzip" | "zstd" | "uncompressed";
  /** gzip 0 to 9, zstd 1 to 22. */
  readonly level?: number;
}

/** What docker and BuildKit use when nobody says. */
export const defaultLevels: { readonly gzip: number; readonly zstd: number } = { gzip: 6, zstd: 3 };

/** Compresses a stream; the same bytes and options give the same result, whatever the pieces, threads and timing. */
export function compress(
  source: AsyncIterable<Uint8Array>,
  { algorithm, level }: CompressionOptions,
): AsyncIterable<Uint8Array> {
  switch (algorithm) {
    case "gzip":
      return gzip(source, parseLevel(algorithm, level, [0, 9]));
    case "zstd":
      return zstd(source, parseLevel(algorithm, level, [1, 22]));
    case "uncompressed":
      return source;
  }
}

function parseLevel(
  algorithm: "gzip" | "zstd",
  level: number = defaultLevels[algorithm],
  [least, most]: readonly [number, number],
): number {
  if (Number.isInteger(level) && level >= least && level <= most) return level;
  throw layersError("COMPRESSION_UNKNOWN", `${algorithm} has no compression level ${level}`, {
    hint: `choose one from ${least} to ${most}`,
  });
}
