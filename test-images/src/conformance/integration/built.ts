import assert from "node:assert/strict";
import { lstatSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { readTar, type TarContents } from "./archived.ts";
import type { BuildPlace } from "./command-line.ts";
import type { Ended } from "./command.ts";
import { type BuiltImage, readLayout } from "./image-layout.ts";
import type { ServedRequest } from "./web-server.ts";

/** A build that has ended, as a hand-written check sees it. */
export interface Built {
  readonly place: BuildPlace;
  readonly ended: Ended;
  /** The builds of the same test that ran before this one, by their number. */
  readonly earlier: ReadonlyMap<number, Built>;
  /** What was asked of the test's server while the build ran. */
  readonly requests: readonly ServedRequest[];
}

/** The text of a file of the local export. @throws AssertionError when it is missing */
export function exportedText(built: Built, path: string): string {
  assert.ok(isExported(built, path), `${path} is missing`);
  return readFileSync(join(built.place.output, path), "utf8");
}

/** A file of the local export, not followed. */
export function exportedStat(built: Built, path: string): Stats {
  return lstatSync(join(built.place.output, path));
}

export function isExported({ place }: Built, path: string): boolean {
  return lstatSync(join(place.output, path), { throwIfNoEntry: false }) !== undefined;
}

/** The entries of the tar export by path. */
export function exportedTar({ place }: Built): TarContents {
  return readTar(readFileSync(`${place.output}.tar`));
}

/** The one image of the OCI export. */
export function exportedImage(built: Built): BuiltImage {
  const images = exportedImages(built);
  assert.equal(images.length, 1);
  return images[0] as BuiltImage;
}

/** Every manifest that the index of the OCI export names, in its order. */
export function exportedImages({ place }: Built): readonly BuiltImage[] {
  return readLayout(`${place.output}.oci`);
}

/** An earlier build of the test. */
export function earlierBuild(built: Built, index: number): Built {
  const found = built.earlier.get(index);
  assert.ok(found, `there is no build ${index} before this one`);
  return found;
}
