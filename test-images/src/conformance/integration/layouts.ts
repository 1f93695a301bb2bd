import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { type Built, exportedImages } from "./built.ts";

/** The image that the first build of a test exported, for builds that take it as a context. */
export interface ExportedLayout {
  readonly directory: string;
  /** Of its manifest, without the algorithm. */
  readonly digest: string;
}

/** The layout of the first build, where it made one; an archive is unpacked. */
export function exportedLayout(earlier: ReadonlyMap<number, Built>): ExportedLayout | undefined {
  const first = earlier.get(0);
  const layout = `${first?.place.output}.oci`;
  if (first === undefined || !existsSync(layout)) return undefined;
  const isArchive = !statSync(layout).isDirectory();
  const directory = isArchive ? `${first.place.output}.layout` : layout;
  if (isArchive) {
    mkdirSync(directory, { recursive: true });
    execFileSync("tar", ["-xf", layout, "-C", directory]);
  }
  const [image] = exportedImages(first);
  return image && { directory, digest: image.descriptor.digest.slice("sha256:".length) };
}
