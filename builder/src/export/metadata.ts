import type { Descriptor } from "@tsbuild/layers";
import type { AssembledImage } from "../image/assemble.ts";
import type { Exported } from "./exporter.ts";

export interface MetadataSource {
  readonly image: AssembledImage;
  readonly manifest: Descriptor;
  readonly exported: readonly Exported[];
  readonly buildRef: string;
}

/** What buildx writes with --metadata-file, under its keys. */
export function metadataOf({ image, manifest, exported, buildRef }: MetadataSource): Record<string, unknown> {
  const names = [...new Set(exported.flatMap((done) => done.names))];
  const created = image.created === undefined ? {} : { "org.opencontainers.image.created": image.created };
  return {
    "buildx.build.ref": `tsbuild/tsbuild0/${buildRef}`,
    "containerimage.config.digest": image.config.digest,
    "containerimage.descriptor": {
      ...manifest,
      annotations: { "config.digest": image.config.digest, ...created },
      platform: image.output.platform,
    },
    "containerimage.digest": manifest.digest,
    ...(names.length === 0 ? {} : { "image.name": names.join(",") }),
  };
}
