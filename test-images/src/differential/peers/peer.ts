import type { DifferentialCase } from "../case.ts";
import type { WrittenCase } from "../context.ts";

export type PeerName = "buildah" | "docker";

/** A program that builds images. */
export interface Builder extends AsyncDisposable {
  /** Writes the built image to `archive` in docker's format. What it said when the build failed, else undefined. */
  build(each: DifferentialCase, written: WrittenCase, archive: string): Promise<string | undefined>;
}

/** The options that all of them know. */
export function commonOptions({ buildArgs = {}, target }: DifferentialCase): string[] {
  const values = Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  return [...values, ...(target === undefined ? [] : ["--target", target])];
}
