import type { Digest, Platform } from "@tsbuild/layers";
import type { IgnoredFiles } from "../dockerfile/checks/copy-ignored-file.ts";
import type { Report } from "../dockerfile/checks/rule.ts";
import type { Repository } from "../repositories/wanted.ts";
import type { BuildGraph, NetworkMode, ResolvedBase, SourceSpan } from "./step.ts";

/** Where a named context (`--build-context name=…`) or the main context comes from. */
export type ContextSource =
  | {
      readonly kind: "local";
      /** When it was last changed, where that is known: what SOURCE_DATE_EPOCH takes of it. */
      readonly modifiedSeconds?: number;
    }
  | RemoteContext;

/** A context that is no directory of this machine. */
export type RemoteContext =
  /** An image of a registry or the store, or `oci-layout://DIRECTORY[:TAG][@DIGEST]`; "scratch" is the empty one. */
  | { readonly kind: "image"; readonly reference: string }
  | ({ readonly kind: "git" } & Repository)
  /** One file, however it is packed. */
  | { readonly kind: "http"; readonly url: string; readonly fileName: string };

/** True of an image in a directory of this machine: `oci-layout://DIRECTORY[:TAG][@DIGEST]`. */
export function isLayoutReference(reference: string): boolean {
  return reference.startsWith("oci-layout://");
}

/** What decides a graph besides the Dockerfile; all of it plain data. */
export interface LowerOptions {
  /** The stage to build, by name; the last one when it is missing. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly buildPlatform: Platform;
  /** What `--platform` asks for; the build platform when it is missing. */
  readonly targetPlatform?: Platform;
  /** The image is one of several platforms: step names say which. */
  readonly isMultiPlatform?: boolean;
  /** Named contexts: `name`, or `name::os/architecture` for one platform. */
  readonly contexts?: Readonly<Record<string, ContextSource>>;
  readonly mainContext?: ContextSource;
  /** When remote sources were changed last, in seconds, by the label they were asked for with; undefined is "not known to anybody". */
  readonly sourceTimes?: ReadonlyMap<string, number | undefined>;
  /** Labels of the image, over those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The network of RUN steps that name none. */
  readonly network?: NetworkMode;
  /** The host name of RUN steps, where no build argument gives one. */
  readonly hostname?: string;
  /** Names that RUN steps find in /etc/hosts besides their own. */
  readonly extraHosts?: readonly string[];
  /** Checks run while lowering: only what is lowered is checked. */
  readonly checks?: LowerChecks;
}

export interface LowerChecks {
  readonly report: Report;
  /** The patterns of the main context. */
  readonly ignored?: IgnoredFiles;
  /** Stages that the target does not need are lowered for their checks, too. */
  readonly allStages?: boolean;
}

/** Gives an image that was resolved before, or undefined: then lowering asks for it. */
export type BaseLookup = (reference: string, platform: Platform) => ResolvedBase | undefined;

/** An image whose config must be known before lowering can go on. */
export interface NeededImage {
  /** With registry and tag, e.g. `docker.io/library/busybox:latest`; or an OCI layout. */
  readonly reference: string;
  readonly platform: Platform;
  /** The instruction that names it. */
  readonly span: SourceSpan;
  /** The named context that it stands for. */
  readonly context?: string;
  /** What to look at in the Dockerfile when there is no such image. */
  readonly hint?: string;
}

/** Something remote that has an age: a download or a commit. */
export interface TimedSource {
  readonly source: Extract<ContextSource, { kind: "git" | "http" }>;
  /** Of a download: its bytes alone decide, whatever its server says. */
  readonly checksum?: Digest;
}

/** A source whose age SOURCE_DATE_EPOCH asks for. */
export interface NeededTime extends TimedSource {
  /** What it is, and its key in `sourceTimes`. */
  readonly label: string;
}

/** What must be known before lowering can go on; at least one list has something. */
export interface Needs {
  readonly kind: "needs";
  readonly images: readonly NeededImage[];
  readonly times: readonly NeededTime[];
}

/** The graph, or the images to resolve first. */
export type Lowered = Needs | { readonly kind: "graph"; readonly graph: BuildGraph };
