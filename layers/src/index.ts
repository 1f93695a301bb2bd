export { type ErrorDetails, errorMaker, TsbuildError } from "@tsbuild/runner-native";
export { type Descriptor, mediaTypes, type Platform } from "./descriptor.ts";
export { createHasher, type Digest, digestOf, type Hasher, hexOf, isDigest, parseDigest } from "./digest.ts";
export { layersError, layersErrorCodes } from "./errors.ts";
export type { ArchiveEntry } from "./copy/archive-plan.ts";
export { type Chmod, parseChmod } from "./copy/chmod.ts";
export { type BundleOptions, runtimeConfig, writeRuntimeConfig } from "./bundle/runtime-config.ts";
export {
  type ContainerConfig,
  type HealthConfig,
  type HistoryEntry,
  type ImageConfig,
  type ParsedConfig,
  parseImageConfig,
  writeImageConfig,
} from "./image/config.ts";
export { compareBytes, goJson, sortKeys } from "./image/go-json.ts";
export { type JsonObject, type JsonValue, parseJson, parseJsonObject } from "./image/json.ts";
export { maxConfigBytes, maxIndexDepth, maxLayers, maxManifestBytes } from "./image/limits.ts";
export {
  type ImageIndex,
  type ImageManifest,
  isIndexType,
  isManifestType,
  type ManifestClaim,
  type ManifestDocument,
  parseManifest,
  writeIndex,
  writeManifest,
} from "./image/manifest.ts";
export {
  formatPlatform,
  formatPlatformFully,
  type HostPlatform,
  hostPlatform,
  normalizePlatform,
  parsePlatform,
} from "./image/platform.ts";
export { chooseManifest, isSamePlatform, platformRank } from "./image/platform-match.ts";
export { type ResolvedOwner, resolveOwner } from "./image/owner.ts";
export { type ResolveOptions, resolveManifest } from "./image/resolve-manifest.ts";
export { refuseUnequalLayers } from "./image/unequal-layers.ts";
export { ociUser, type ResolvedUser, resolveUser } from "./image/user.ts";
export { type ContentDigestOptions, contentDigest, type Digesting } from "./tree/content-digest.ts";
export {
  type ContentCheck,
  type CopyPlan,
  type CopyPlanOptions,
  type CopySelection,
  type CopySource,
  createCopyPlan,
  writePlan,
} from "./copy/copy-plan.ts";
export type { PlannedEntry, PlannedSource } from "./copy/copy-target.ts";
export { compileGlob, type Glob } from "./tree/glob.ts";
export { createLayerStore, type LayerStoreOptions } from "./layer/create-layer-store.ts";
export { createIndexView, type IndexedLayer, type LayerContent } from "./layer-index/index-view.ts";
export { keptXattrs, sameXattrs, type XattrOrigin } from "./tree/kept-xattrs.ts";
export { chainOf, type CompressionForm, type Layer, type LayerId } from "./layer/layer.ts";
export type { LayerEntry, LayerIndex } from "./layer-index/layer-index.ts";
export type { AdoptOptions, ContentSource, LayerStore, LayerWriter } from "./layer/layer-store.ts";
export {
  type MatchedSources,
  matchSources,
  type SourceMatch,
  splitPivot,
} from "./tree/match-sources.ts";
export { type OverlayMarks, overlayMarks } from "./layer-index/overlay-marks.ts";
export { readContent, readText, slicesOf } from "./tree/read-content.ts";
export { createTurns, type Turns } from "./turns.ts";
export { fullPath, type ResolvedPath, resolvePath } from "./tree/resolve.ts";
export { createRootDirView } from "./tree/root-dir-view.ts";
export {
  isDomain,
  isIdentifier,
  type ReferenceProblem,
  scanName,
  scanReference,
} from "./reference/grammar.ts";
export { matchesFamiliar } from "./reference/pattern.ts";
export {
  canonicalForm,
  familiarForm,
  familiarName,
  normalise as normaliseReference,
  parseImageArgument,
  parseReference,
  type Reference,
  repositoryName,
  splitDomain as splitReferenceDomain,
  withDefaultTag,
  withoutShadowedTag,
} from "./reference/reference.ts";
export type { LayoutForm } from "./layout/layout-files.ts";
export type { LayoutImage } from "./layout/layout-image.ts";
export type { LayoutSource } from "./layout/layout-source.ts";
export { type LoadedImage, type LoadOptions, loadImages } from "./layout/load-images.ts";
export { type ReadArchiveOptions, readArchive } from "./layout/read-archive.ts";
export { openLayoutDirectory, type ReadDirectoryOptions } from "./layout/read-directory.ts";
export { layoutArchive, type WriteLayoutOptions, writeLayoutDirectory } from "./layout/write-layout.ts";
export type { OpenContent, TreeChild, TreeView, ViewEntry } from "./tree/tree-view.ts";
export { walk } from "./tree/walk.ts";
export {
  type ChosenSnapshotter,
  chooseSnapshotter,
  createChosenSnapshotter,
  type SnapshotterWish,
} from "./snapshot/choose.ts";
export { createCopySnapshotter } from "./snapshot/copy.ts";
export { createOverlaySnapshotter } from "./snapshot/overlay.ts";
export type { PrepareOptions, Snapshot, Snapshotter, SnapshotterDeps } from "./snapshot/snapshotter.ts";
export type { BlobStore, BlobWriter, Lease, PutExpectation } from "./store/blob-store.ts";
export { cacheMountLock, type PruneOptions, type PrunePlan, planPrune, prune } from "./store/prune.ts";
export { isNearlyFull } from "./store/failure.ts";
export { type OpenStoreOptions, openStore } from "./store/open-store.ts";
export type {
  ImageRecord,
  ImageTable,
  LayerRecord,
  LayerTable,
  MemoTable,
  RecordTable,
  Store,
} from "./store/store.ts";
export {
  blankMetadata,
  type EntryMetadata,
  type EntryType,
  type TarEntry,
  type TarSink,
  type Xattrs,
} from "./tar/entry.ts";
export { createTarWriter, type FileRange, type TarContent, type TarWriter } from "./tar/write.ts";
export { parseArchive } from "./tar/archive.ts";
export { parseTarFile } from "./tar/file.ts";
export { createTarParser, type TarLimits, type TarParser } from "./tar/read.ts";
export { type CompressionOptions, compress, defaultLevels } from "./compress/compress.ts";
export {
  type DecompressOptions,
  type DetectedStream,
  decompress,
  detectStream,
} from "./compress/decompress.ts";
export { type Compression, detectCompression, detectionBytes } from "./compress/detect.ts";
