import type { Descriptor, Layer, LayerStore, Lease, Platform, Snapshotter, Store } from "@tsbuild/layers";
import type { Runtime } from "@tsbuild/runner-native";
import type { ResolvedBase } from "./graph/step.ts";

/** When a registry is asked for a base: for each build, only for what is not here, not at all. */
export type PullPolicy = "always" | "missing" | "never";

/** `what` is a digest or a URL; the total is undefined while nobody has said it. */
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

/** What is sent to a repository's server: to URLs at `scope` and below, and to no other. */
export interface GitAuthorization {
  readonly scope: string;
  /** The value of the Authorization header. */
  readonly value: string;
}

/** Where a repository is. */
export interface GitRemote {
  /** http, https, ssh, git, or `user@host:path`. */
  readonly url: string;
  readonly authorization: GitAuthorization | undefined;
  /** The socket of the agent that has the keys for ssh. */
  readonly agentSocket: string | undefined;
}

/** What is to become of a commit. */
export interface GitCheckout {
  /** All digits of the commit, or of an annotated tag. */
  readonly object: string;
  /** Its full name, if it has one: for servers that give nothing by its digits, and for a kept history. */
  readonly ref: string | undefined;
  /** `.git` stays, with this commit and this ref alone. */
  readonly keepGitDir: boolean;
  readonly submodules: boolean;
  readonly mtime: "checkout" | "commit";
  /** Empty, and nobody else's. */
  readonly directory: string;
}

/** Speaks to servers of git repositories: ADD of one, contexts that are one. */
export interface Git {
  /** What `git ls-remote --symref` says of these names. @throws GIT_FAILED */
  listRefs(remote: GitRemote, names: readonly string[], signal: AbortSignal): Promise<string>;
  /**
   * Fetches one commit and writes its files; nothing in the repository is run, and nothing outside of the directory is written.
   * @throws GIT_FAILED
   */
  checkOut(
    remote: GitRemote,
    checkout: GitCheckout,
    signal: AbortSignal,
  ): Promise<{ readonly committedSeconds: number }>;
}

/** The time, given from outside. */
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
  readonly git: Git;
  /** Missing where there is neither docker nor podman. */
  readonly loader?: ImageLoader;
  readonly clock: Clock;
  /** A random lower-case hex string of `bytes` bytes. */
  readonly randomHex: (bytes: number) => string;
}
