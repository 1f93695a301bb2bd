import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  isIndexType,
} from "@tsbuild/layers";
import { readTar, type TarContents } from "./archived.ts";

/** An image of an OCI layout, read whole. */
export interface BuiltImage {
  /** As the index names it. */
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Each layer's entries, the lowest first. */
  readonly layers: readonly TarContents[];
}

type ReadFile = (path: string) => Buffer;

/** The images that the index of a layout names: of a directory or of an archive. */
export function readLayout(path: string): readonly BuiltImage[] {
  const read = statSync(path).isDirectory()
    ? (file: string) => readFileSync(join(path, file))
    : archiveReader(path);
  return imagesOf(parse<ImageIndex>(read("index.json")), read);
}

function imagesOf({ manifests }: ImageIndex, read: ReadFile): readonly BuiltImage[] {
  return manifests.flatMap((descriptor) => {
    const document = read(blobPath(descriptor));
    return isIndexType(descriptor.mediaType)
      ? imagesOf(parse<ImageIndex>(document), read)
      : [imageOf(descriptor, parse<ImageManifest>(document), read)];
  });
}

function imageOf(descriptor: Descriptor, manifest: ImageManifest, read: ReadFile): BuiltImage {
  return {
    descriptor,
    manifest,
    config: parse<ImageConfig>(read(blobPath(manifest.config))),
    layers: manifest.layers.map((layer) => readTar(read(blobPath(layer)))),
  };
}

function archiveReader(path: string): ReadFile {
  const entries = readTar(readFileSync(path));
  return (file) => Buffer.from(entries.get(file)?.content ?? "", "latin1");
}

function blobPath({ digest }: Descriptor): string {
  return join("blobs", ...digest.split(":"));
}

function parse<Document>(bytes: Buffer): Document {
  return JSON.parse(bytes.toString()) as Document;
}
