import { type Descriptor, isDigest, mediaTypes, type Platform, type TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";

/** What a manifest document says, as far as transfers need it. */
export type Document =
  | { readonly kind: "index"; readonly mediaType: string; readonly manifests: readonly Descriptor[] }
  | {
      readonly kind: "image";
      readonly mediaType: string;
      readonly config: Descriptor;
      readonly layers: readonly Descriptor[];
    };

export const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);
const imageTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);
const maxDescriptors = 1024;

/** Reads a manifest or index; `declared` is the media type it was announced with. @throws MANIFEST_REFUSED */
export function readDocument(bytes: Uint8Array, declared: string, name: string): Document {
  const refuse = (why: string): TsbuildError =>
    registryError("MANIFEST_REFUSED", `the manifest of ${name} is refused: ${why}`);
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw refuse("it is no JSON");
  }
  const fields = asRecord(root);
  if (fields === undefined) throw refuse("it is no JSON object");
  const stated = fields["mediaType"];
  const mediaType = typeof stated === "string" ? stated : declared;
  const isKnown = indexTypes.has(mediaType) || imageTypes.has(mediaType);
  if (!isKnown) throw refuse(`its media type is ${JSON.stringify(mediaType.slice(0, 100))}`);
  const isDeclaredKnown = indexTypes.has(declared) || imageTypes.has(declared);
  if (isDeclaredKnown && declared !== mediaType)
    throw refuse(`it calls itself ${mediaType}, its registry ${declared}`);
  const has = (name: string): boolean => fields[name] !== undefined;
  // CVE-2021-41190: a document that is both would be read differently by different clients.
  if (has("manifests") && (has("layers") || has("config")))
    throw refuse("it is an index and an image at once");
  const list = (value: unknown): Descriptor[] => {
    if (!Array.isArray(value) || value.length > maxDescriptors)
      throw refuse("a list in it is missing or too long");
    return value.map((one) => readDescriptor(one) ?? refuseWith(refuse("a descriptor in it is malformed")));
  };
  if (indexTypes.has(mediaType)) return { kind: "index", mediaType, manifests: list(fields["manifests"]) };
  const [config] = list([fields["config"]]);
  if (config === undefined) throw refuse("it names no config");
  return { kind: "image", mediaType, config, layers: list(fields["layers"]) };
}

function refuseWith(error: Error): never {
  throw error;
}

function readDescriptor(value: unknown): Descriptor | undefined {
  const fields = asRecord(value);
  if (fields === undefined) return undefined;
  const { mediaType, digest, size } = fields;
  if (typeof mediaType !== "string" || typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  const platform = asRecord(fields["platform"]) as Platform | undefined;
  const urls = fields["urls"];
  return {
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === "string") } : {}),
  };
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}
