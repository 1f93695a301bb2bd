import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { type LayerItems, readLayer } from "./layer.ts";

/** The parts of an image's config that are compared; everything else in it is a builder's own. */
export interface ImageDocument {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly author?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: boolean;
}

/** An image with its layers in front of us, the lowest first. */
export interface BuiltImage {
  readonly document: ImageDocument;
  readonly layers: readonly LayerItems[];
}

/** Reads an archive of docker's format with one image, unpacking it beside itself. */
export async function readImage(archive: string): Promise<BuiltImage> {
  const directory = `${archive}.d`;
  mkdirSync(directory);
  await mustRun("tar", ["-xf", archive, "-C", directory]);
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const [image] = read("manifest.json") as [{ readonly Config: string; readonly Layers: readonly string[] }];
  const document = read(image.Config) as ImageDocument;
  if (document.rootfs.diff_ids.length !== image.Layers.length)
    throw new Error(
      `${archive} has ${image.Layers.length} layers, its config says ${document.rootfs.diff_ids.length}`,
    );
  return { document, layers: image.Layers.map((layer) => readLayer(join(directory, layer))) };
}
