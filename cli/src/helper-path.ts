import { existsSync } from "node:fs";
import { join } from "node:path";

/** The compiled helper: beside the bundle, else where the sources' own build puts it. */
export function helperPath(): string {
  const bundled = join(import.meta.dirname, "tsbuild-helper");
  return existsSync(bundled)
    ? bundled
    : join(import.meta.dirname, "..", "..", "runner-native", "dist", "tsbuild-helper");
}
