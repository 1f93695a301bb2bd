import type { Descriptor, Platform } from "../descriptor.ts";
import { layersError } from "../errors.ts";
import { maxIndexDepth } from "./limits.ts";
import { type ImageManifest, parseManifest } from "./manifest.ts";
import { formatPlatform } from "./platform.ts";
import { chooseManifest } from "./platform-match.ts";

export interface ResolveOptions {
  /** Undefined takes the only manifest of an index, and refuses to choose among several. */
  readonly platform: Platform | undefined;
  /** The verified bytes of a manifest or index. */
  readonly read: (descriptor: Descriptor) => Uint8Array | Promise<Uint8Array>;
  /** The image's name, for error messages. */
  readonly what: string;
}

/** Goes from a manifest or an index to the manifest of one image. @throws MANIFEST_INVALID, IMAGE_UNKNOWN */
export async function resolveManifest(
  top: Descriptor,
  { platform, read, what }: ResolveOptions,
): Promise<{ readonly descriptor: Descriptor; readonly manifest: ImageManifest }> {
  let descriptor = top;
  for (let depth = 1; depth <= maxIndexDepth; depth++) {
    const document = parseManifest(await read(descriptor), { mediaType: descriptor.mediaType, what });
    if (document.kind === "manifest") return { descriptor, manifest: document };
    descriptor = choose(document.manifests, platform, what);
  }
  throw layersError("MANIFEST_INVALID", `${what} is an index nested more than ${maxIndexDepth} deep`);
}

function choose(manifests: readonly Descriptor[], platform: Platform | undefined, what: string): Descriptor {
  const images = manifests.filter((manifest) => manifest.platform?.os !== "unknown");
  const chosen = platform ? chooseManifest(images, platform) : images[0];
  if (chosen && (platform || images.length === 1)) return chosen;
  const offered = images.map((manifest) => (manifest.platform ? formatPlatform(manifest.platform) : "?"));
  throw layersError(
    "IMAGE_UNKNOWN",
    `${what} has no image for ${platform ? formatPlatform(platform) : "one platform alone"}`,
    { hint: `it has: ${offered.slice(0, 20).join(", ") || "none"}` },
  );
}
