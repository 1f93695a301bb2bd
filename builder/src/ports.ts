import type { Descriptor, Layer, LayerStore, Lease, Platform, Snapshotter, Store } from "@tsbuild/layers";
import type { Runtime } from "@tsbuild/runner-native";
import type { ResolvedBase } from "./graph/step.ts";

export type PullPolicy = "always" | "missing" | "never";

export interface TransferProgress {
  (what: string, doneBytes: number, totalBytes: number | undefined): void;
}

/** Where base images come from: the local store first, else a registry (design: FROM). */
export interface ImageSource {
  /** @throws an error that names the image: unknown, unreachable, not allowed. */
  resolve(
    reference: string,
    platform: Platform,
    options: { readonly pull: PullPolicy; readonly signal: AbortSignal },
  ): Promise<ResolvedBase>;
  /** The layers of a resolved image, still lazy: blobs are fetched when a form of a layer is asked for. */
  layers(
    base: ResolvedBase,
    options: { readonly signal: AbortSignal; readonly onTransfer: TransferProgress },
  ): Promise<Layer | undefined>;
}

/** Where finished images go: a registry. Blobs are in the store already. */
export interface ImageSink {
  push(
    image: { readonly reference: string; readonly manifest: Descriptor },
    options: {
      readonly signal: AbortSignal;
      readonly onTransfer: TransferProgress;
      readonly insecure?: boolean;
    },
  ): Promise<{ readonly digest: string }>;
}

/** Takes an image as a docker archive: `docker load`, `podman load`. */
export interface ImageLoader {
  load(archive: AsyncIterable<Uint8Array>, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** What came of a download: nothing new, or bytes in the store with the headers that describe them. */
export type Downloaded =
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "fetched";
      readonly blob: Descriptor;
      readonly etag: string | undefined;
      /** The Last-Modified header, verbatim. */
      readonly lastModified: string | undefined;
    };

/** Brings files of the web into the store, under the build's lease: ADD of a URL. */
export interface Downloads {
  /** @throws an error that says why: unreachable, refused, broken off, longer than `maxBytes`. */
  fetch(
    url: string,
    options: {
      /** Of what is known already; only with it the answer may be "unchanged". */
      readonly etag: string | undefined;
      /** An Authorization header, for the URL's own origin only. */
      readonly authorization: string | undefined;
      readonly maxBytes: number;
      readonly signal: AbortSignal;
      readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
    },
  ): Promise<Downloaded>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** Everything a build needs from outside. */
export interface BuilderPorts {
  readonly store: Store;
  /** Keeps what the build puts into the store or finds there. */
  readonly lease: Lease;
  readonly layers: LayerStore;
  readonly snapshotter: Pick<Snapshotter, "prepare">;
  readonly runtime: Runtime;
  readonly images: ImageSource;
  readonly sink: ImageSink;
  readonly downloads: Downloads;
  /** Missing where there is neither docker nor podman. */
  readonly loader?: ImageLoader;
  readonly clock: Clock;
  /** A random lower-case hex string of `bytes` bytes. */
  readonly randomHex: (bytes: number) => string;
}
