/** image-spec asks registries to take manifests of at least 4 MiB; nobody needs more. */
export const maxManifestBytes: number = 4 << 20;

/** A config is read whole, as a manifest is. */
export const maxConfigBytes: number = 4 << 20;
/** Overlayfs takes 500, docker 127; more is an attack. */
export const maxLayers = 1024;
/** Manifests in one index. */
export const maxManifests = 4096;
/** An index in an index in an index: the manifest is the fourth document at the latest. */
export const maxIndexDepth = 4;
/** Entries of an image's history. */
export const maxHistory = 8192;
