import { mediaTypes } from "../descriptor.ts";
import { layersError } from "../errors.ts";
import type { ImageConfig } from "./config.ts";
import type { ImageManifest } from "./manifest.ts";

/**
 * A manifest and its config must mean the same layers: where one names more than the other, two readers would see two images.
 * @throws MANIFEST_INVALID
 */
export function refuseUnequalLayers({ layers }: ImageManifest, config: ImageConfig, what: string): void {
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== layers.length)
    throw layersError(
      "MANIFEST_INVALID",
      `${what}: the config names ${diffIds.length} layers, the manifest ${layers.length}`,
    );
  layers.forEach(({ digest, mediaType }, index) => {
    const isPlain = mediaType === mediaTypes.ociLayer || mediaType === mediaTypes.dockerLayer;
    if (isPlain && digest !== diffIds[index])
      throw layersError(
        "MANIFEST_INVALID",
        `${what}: layer ${index + 1} is not the one that the config names`,
      );
  });
}
