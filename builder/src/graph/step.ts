import type { Descriptor, Digest, HistoryEntry, ImageConfig, Platform } from "@tsbuild/layers";
import type { Repository } from "../repositories/wanted.ts";

export type StepId = string & { readonly __brand: "StepId" };

/** Where in the Dockerfile a step comes from: lines count from 1, both ends inclusive. */
export interface SourceSpan {
  readonly startLine: number;
  readonly endLine: number;
}

export type StepInput =
  | { readonly role: "base"; readonly step: StepId }
  | { readonly role: "source"; readonly step: StepId }
  | { readonly role: "mount"; readonly step: StepId };

interface StepCommon {
  readonly id: StepId;
  /** As BuildKit shows it: `[build 2/5] RUN make`. In no key. */
  readonly name: string;
  /** The stage it belongs to, for --no-cache-filter and screens. In no key. */
  readonly stage: string;
  readonly span: SourceSpan | undefined;
  readonly inputs: readonly StepInput[];
  readonly platform: Platform;
}

/** FROM an image: pinned to the digest that was resolved while lowering. */
export interface ImageStep extends StepCommon {
  readonly kind: "image";
  readonly reference: string;
  readonly digest: Digest;
}

/** A local directory: "context" is the main one, others are named contexts. */
export interface ContextStep extends StepCommon {
  readonly kind: "context";
  readonly context: string;
}

/** The files of one commit. */
export interface GitStep extends StepCommon, Repository {
  readonly kind: "git";
}

/** One downloaded file, named `fileName` in the root of the tree it gives. */
export interface HttpStep extends StepCommon {
  readonly kind: "http";
  readonly url: string;
  readonly checksum: Digest | undefined;
  readonly fileName: string;
}

export interface ScratchStep extends StepCommon {
  readonly kind: "scratch";
}

/** WORKDIR: makes a directory with parents, owned by `user` (resolved in the base), when it is missing. */
export interface MkdirStep extends StepCommon {
  readonly kind: "mkdir";
  readonly path: string;
  readonly user: string;
}

export type CopySource =
  /**
   * A path or pattern in the tree of `inputs[input]`: text, clean, without a leading slash; "" is all of it.
   * With `parents` it may hold one pivot `/./`: what is before it is left out of the names that are made.
   */
  | { readonly kind: "path"; readonly input: number; readonly pattern: string }
  /** A heredoc. */
  | { readonly kind: "inline"; readonly fileName: string; readonly content: string };

export interface CopyStep extends StepCommon {
  readonly kind: "copy";
  readonly instruction: "COPY" | "ADD";
  readonly sources: readonly CopySource[];
  /** Absolute, cleaned; a trailing slash is kept and says "directory". */
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  /** ADD: "auto" unpacks archives that came from a local source, by content. COPY: "never". */
  readonly unpack: "auto" | "always" | "never";
}

export type NetworkMode = "default" | "host" | "none";

export type RunMount =
  | {
      readonly kind: "bind";
      readonly target: string;
      readonly input: number;
      readonly source: string;
      readonly readonly: boolean;
    }
  | {
      readonly kind: "cache";
      readonly target: string;
      readonly id: string;
      readonly sharing: "shared" | "private" | "locked";
      readonly readonly: boolean;
      readonly input: number | undefined;
      readonly source: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: "tmpfs"; readonly target: string; readonly sizeBytes: number | undefined }
  | {
      readonly kind: "secret";
      readonly id: string;
      /** Undefined when only `env` is wanted. */
      readonly target: string | undefined;
      readonly env: string | undefined;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly kind: "ssh";
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** A heredoc with `#!`: a file given to the step. */
  | { readonly kind: "inline"; readonly target: string; readonly content: string; readonly mode: number };

export interface RunStep extends StepCommon {
  readonly kind: "run";
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Proxy variables given as build arguments: in the environment, in no key. */
  readonly proxyEnv: readonly string[];
  readonly cwd: string;
  readonly user: string;
  /** Given with the build, or by its argument BUILDKIT_SANDBOX_HOSTNAME. */
  readonly hostname: string | undefined;
  /** Names in /etc/hosts that the build adds; their addresses are in no key, as in BuildKit. */
  readonly extraHosts: readonly string[];
  readonly network: NetworkMode;
  readonly security: "sandbox" | "insecure";
  /** Devices of the machine, by their names in the Container Device Interface. */
  readonly devices: readonly { readonly name: string; readonly required: boolean }[];
  readonly mounts: readonly RunMount[];
}

export type Step =
  | ImageStep
  | ContextStep
  | GitStep
  | HttpStep
  | ScratchStep
  | MkdirStep
  | CopyStep
  | RunStep;

/** What the last stage of a build says besides its layers. `created` and rootfs are added when it is assembled. */
export interface ImageOutput {
  readonly platform: Platform;
  readonly step: StepId;
  readonly config: OutputConfig;
  /** History of the base, verbatim, then of this build, in order. */
  readonly baseHistory: readonly HistoryEntry[];
  readonly history: readonly HistoryEntry[];
  /** SOURCE_DATE_EPOCH as a build argument or the Dockerfile gives it, in seconds. */
  readonly epoch?: number;
}

/** The part of an image config that a Dockerfile decides. */
export type OutputConfig = Omit<ImageConfig, "created" | "history" | "rootfs">;

/** Plain JSON data: topological (inputs come first), only what the target needs. */
export interface BuildGraph {
  readonly version: 1;
  readonly steps: readonly Step[];
  readonly output: ImageOutput;
}

/** An image that the Dockerfile names and that lowering needs the config of. */
export interface ResolvedBase {
  readonly reference: string;
  readonly digest: Digest;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
}
