import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { layersError } from "../errors.ts";
import { readFields } from "../image/fields.ts";
import { parseJsonObject } from "../image/json.ts";
import { parseManifest } from "../image/manifest.ts";

/** An image as index.json lists it. */
export interface ListedImage {
  readonly descriptor: Descriptor;
  /** As the layout's writer called it: a full name, or a tag alone. */
  readonly name: string | undefined;
}

const maxOciLayoutBytes = 4096;

/** Checks the file that says what a directory or archive is. @throws LAYOUT_INVALID, JSON_INVALID */
export function checkOciLayout(bytes: Uint8Array, what: string): void {
  const root = parseJsonObject(bytes, { what: `oci-layout of ${what}`, maxBytes: maxOciLayoutBytes });
  const refuse = (problem: string): ReturnType<typeof layersError> =>
    layersError("LAYOUT_INVALID", `oci-layout of ${what} is not valid: ${problem}`);
  const version = readFields(root, "", { known: ["imageLayoutVersion"], refuse }).string(
    "imageLayoutVersion",
  );
  if (version !== "1.0.0") throw refuse(`its version is ${JSON.stringify(version)}, only "1.0.0" is known`);
}

/** The images of an index.json. @throws MANIFEST_INVALID, JSON_INVALID */
export function parseLayoutIndex(bytes: Uint8Array, what: string): ListedImage[] {
  const index = parseManifest(bytes, { mediaType: mediaTypes.ociIndex, what });
  if (index.kind !== "index") throw layersError("LAYOUT_INVALID", `index.json of ${what} is no index`);
  return index.manifests.map((descriptor) => ({
    descriptor,
    name:
      descriptor.annotations?.["io.containerd.image.name"] ??
      descriptor.annotations?.["org.opencontainers.image.ref.name"],
  }));
}
