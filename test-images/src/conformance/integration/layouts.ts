import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { type Built, exportedImage } from "./built.ts";

/** The image that the first build of a test exported, for builds that take it as a context. */
export interface ExportedLayout {
  readonly directory: string;
  /** Of its manifest, without the algorithm. */
  readonly digest: string;
}

/** Unpacks the archive of the first build, where it made one. */
export function exportedLayout(earlier: ReadonlyMap<number, Built>): ExportedLayout | undefined {
  const first = earlier.get(0);
  const archive = `${first?.place.output}.oci`;
  if (first === undefined || !existsSync(archive)) return undefined;
  const directory = `${first.place.output}.layout`;
  mkdirSync(directory, { recursive: true });
  execFileSync("tar", ["-xf", archive, "-C", directory]);
  return { directory, digest: exportedImage(first).descriptor.digest.slice("sha256:".length) };
}
