import type { TsbuildError } from "@tsbuild/runner-native";
import { type Descriptor, mediaTypes, type Platform } from "../descriptor.ts";
import { type Digest, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { type Fields, type Refuse, readFields } from "./fields.ts";
import { goJson, sortKeys } from "./go-json.ts";
import { foldKey, type JsonObject, parseJsonObject } from "./json.ts";
import { maxLayers, maxManifestBytes, maxManifests } from "./limits.ts";

interface DocumentCommon {
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly artifactType: string | undefined;
  readonly subject: Descriptor | undefined;
}

/** image-spec manifest.md, and docker's schema 2, which has the same fields. */
export interface ImageManifest extends DocumentCommon {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** image-spec image-index.md, and docker's manifest list. */
export interface ImageIndex extends DocumentCommon {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

/** What a digest in a manifest list or behind a tag may name. */
export type ManifestDocument = ImageManifest | ImageIndex;

/** What a document is said to be by whoever sent it: a Content-Type or the descriptor that names it. */
export interface ManifestClaim {
  readonly mediaType: string | undefined;
  /** For error messages: a name or digest. */
  readonly what: string;
}

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);
const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);

/** True for the media types of an index or a manifest list. */
export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(mediaType);
}

/** True for the media types of a manifest of one image. */
export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

const documentFields = [
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "manifests",
  "subject",
  "annotations",
] as const;

/**
 * Reads a manifest or an index. A document that could be taken for both, or that says it is something else than it was sent as,
 * is refused (CVE-2021-41190), so that its digest means one image everywhere.
 * @throws JSON_INVALID, MANIFEST_INVALID
 */
export function parseManifest(bytes: Uint8Array, claim: ManifestClaim): ManifestDocument {
  const refuse: Refuse = (problem) => invalid(claim.what, problem);
  const root = parseJsonObject(bytes, { what: `the manifest of ${claim.what}`, maxBytes: maxManifestBytes });
  const fields = readFields(root, "", { known: documentFields, refuse });
  const mediaType = agreedType(root, fields, { claim, refuse });
  const common = {
    mediaType,
    annotations: fields.stringMap("annotations"),
    artifactType: fields.string("artifactType"),
    subject: optionalDescriptor(fields, "subject", refuse),
  };
  if (isIndexType(mediaType)) {
    const manifests = descriptors(fields, "manifests", { maxCount: maxManifests, refuse });
    return { kind: "index", ...common, manifests };
  }
  const config = optionalDescriptor(fields, "config", refuse);
  if (!config) throw refuse("it has no config");
  return {
    kind: "manifest",
    ...common,
    config,
    layers: descriptors(fields, "layers", { maxCount: maxLayers, refuse }),
  };
}

function agreedType(
  root: JsonObject,
  fields: Fields,
  { claim, refuse }: { readonly claim: ManifestClaim; readonly refuse: Refuse },
): string {
  const version = fields.requiredCount("schemaVersion");
  if (version !== 2) throw refuse(`its schemaVersion is ${version}, only 2 is supported`);
  const own = fields.string("mediaType");
  if (own !== undefined && claim.mediaType !== undefined && own !== claim.mediaType)
    throw refuse(`it says that it is ${JSON.stringify(own)}, but came as ${JSON.stringify(claim.mediaType)}`);
  const keys = new Set(Object.keys(root).map(foldKey));
  const looksLikeIndex = keys.has("manifests");
  const looksLikeImage = keys.has("layers") || keys.has("config");
  if (looksLikeIndex && looksLikeImage) throw refuse("it has the fields of an index and of an image");
  const type = own ?? claim.mediaType ?? (looksLikeIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  if (!isIndexType(type) && !isManifestType(type))
    throw refuse(`its media type ${JSON.stringify(type)} is unknown`);
  if (isIndexType(type) ? looksLikeImage : looksLikeIndex) throw refuse(`its fields do not fit ${type}`);
  return type;
}

const descriptorFields = [
  "mediaType",
  "digest",
  "size",
  "urls",
  "annotations",
  "data",
  "artifactType",
  "platform",
] as const;

/** RFC 6838, 4.2; parameters may follow. */
const mediaTypePattern =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:;.{0,200})?$/;

/** Reads one descriptor (image-spec descriptor.md). */
export function parseDescriptor(value: JsonObject, path: string, refuse: Refuse): Descriptor {
  const fields = readFields(value, path, { known: descriptorFields, refuse });
  const platform = fields.object("platform");
  const [annotations, urls] = [fields.stringMap("annotations"), fields.strings("urls")];
  const artifactType = fields.string("artifactType");
  const mediaType = fields.requiredString("mediaType");
  if (!mediaTypePattern.test(mediaType))
    throw refuse(`${path}.mediaType ${JSON.stringify(mediaType.slice(0, 100))} is no media type`);
  return {
    mediaType,
    digest: digestField(fields, path, refuse),
    size: fields.requiredCount("size"),
    ...(urls && { urls }),
    ...(annotations && { annotations }),
    ...(platform && { platform: parsePlatformObject(platform, `${path}.platform`, refuse) }),
    ...(artifactType !== undefined && { artifactType }),
  };
}

function digestField(fields: Fields, path: string, refuse: Refuse): Digest {
  const digest = fields.requiredString("digest");
  if (!isDigest(digest))
    throw refuse(`${path}.digest ${JSON.stringify(digest.slice(0, 100))} is no sha256 digest`);
  return digest;
}

const platformFields = ["architecture", "os", "os.version", "os.features", "variant", "features"] as const;

/** Reads the platform of a descriptor. */
export function parsePlatformObject(value: JsonObject, path: string, refuse: Refuse): Platform {
  const fields = readFields(value, path, { known: platformFields, refuse });
  const [variant, version, features] = [
    fields.string("variant"),
    fields.string("os.version"),
    fields.strings("os.features"),
  ];
  return {
    os: fields.requiredString("os"),
    architecture: fields.requiredString("architecture"),
    ...(variant && { variant }),
    ...(version && { "os.version": version }),
    ...(features?.length && { "os.features": features }),
  };
}

function optionalDescriptor(fields: Fields, name: string, refuse: Refuse): Descriptor | undefined {
  const value = fields.object(name);
  return value && parseDescriptor(value, name, refuse);
}

function descriptors(
  fields: Fields,
  name: string,
  { maxCount, refuse }: { readonly maxCount: number; readonly refuse: Refuse },
): Descriptor[] {
  const list = fields.objects(name, maxCount);
  if (!list) throw refuse(`it has no ${name}`);
  return list.map((item, index) => parseDescriptor(item, `${name}[${index}]`, refuse));
}

function invalid(what: string, problem: string): TsbuildError {
  return layersError("MANIFEST_INVALID", `the manifest of ${what} is not valid: ${problem}`);
}

/** The bytes of a manifest, laid out as BuildKit writes it. */
export function writeManifest(
  manifest: Pick<ImageManifest, "mediaType" | "config" | "layers"> & Partial<DocumentCommon>,
): Buffer {
  const { mediaType, artifactType, config, layers, subject, annotations } = manifest;
  return indented({
    schemaVersion: 2,
    mediaType,
    artifactType,
    config: orderedDescriptor(config),
    layers: layers.map(orderedDescriptor),
    subject: subject && orderedDescriptor(subject),
    annotations: sortKeys(annotations),
  });
}

/** The bytes of an index, laid out as BuildKit writes it. */
export function writeIndex(
  index: Pick<ImageIndex, "mediaType" | "manifests"> & Partial<DocumentCommon>,
): Buffer {
  const { mediaType, artifactType, manifests, subject, annotations } = index;
  return indented({
    schemaVersion: 2,
    mediaType,
    artifactType,
    manifests: manifests.map(orderedDescriptor),
    subject: subject && orderedDescriptor(subject),
    annotations: sortKeys(annotations),
  });
}

/** A descriptor with its fields in the order of Go's struct; `mediaType`, `digest` and `size` first. */
export function orderedDescriptor(descriptor: Descriptor): Record<string, unknown> {
  const { mediaType, digest, size, urls, annotations, platform, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    urls,
    annotations: sortKeys(annotations),
    platform: platform && orderedPlatform(platform),
    artifactType,
  };
}

function orderedPlatform(platform: Platform): Record<string, unknown> {
  return {
    architecture: platform.architecture,
    os: platform.os,
    "os.version": platform["os.version"],
    "os.features": platform["os.features"],
    variant: platform.variant,
  };
}

function indented(document: object): Buffer {
  return Buffer.from(goJson(document, "  "));
}
