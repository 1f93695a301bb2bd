import type { TsbuildError } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { readFields } from "../image/fields.ts";
import { type JsonValue, parseJson } from "../image/json.ts";
import { maxLayers, maxManifestBytes } from "../image/limits.ts";

/** One image of a docker archive: paths inside the archive. */
export interface DockerArchiveImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** Reads the manifest.json of `docker save`. @throws JSON_INVALID, ARCHIVE_INVALID */
export function parseDockerManifest(bytes: Uint8Array, what: string): DockerArchiveImage[] {
  const refuse = (problem: string): TsbuildError =>
    layersError("ARCHIVE_INVALID", `manifest.json of ${what} is not valid: ${problem}`);
  const root = parseJson(bytes, { what: `manifest.json of ${what}`, maxBytes: maxManifestBytes });
  if (!Array.isArray(root)) throw refuse("it is not a list");
  return root.map((item: JsonValue, index) => {
    const fields = readFields(item, `[${index}]`, { known: ["Config", "RepoTags", "Layers"], refuse });
    const layers = fields.strings("Layers") ?? [];
    if (layers.length > maxLayers) throw refuse(`[${index}] has more than ${maxLayers} layers`);
    return { config: fields.requiredString("Config"), layers, names: fields.strings("RepoTags") ?? [] };
  });
}
