import type { CompressionForm, Descriptor, Digest, Platform } from "@tsbuild/layers";
import type { OciResources } from "@tsbuild/runner-native";
import type { BuildEvent } from "./events.ts";
import type { RemoteContext } from "./graph/options.ts";
import type { NetworkMode } from "./graph/step.ts";
import type { PullPolicy } from "./ports.ts";
import type { SshAgent } from "./ssh/agent.ts";
import type { Ulimit } from "./ulimit.ts";

/** Where files of a build come from. */
export interface LocalContext {
  /** Absolute path of a directory. */
  readonly directory: string;
  /** When what it was made from was changed last, in seconds since 1970, and what says so. A directory of this machine has no such time. */
  readonly changed?: {
    readonly seconds: number;
    /** Last-Modified, the newest file of an archive, or who committed. */
    readonly by: "server" | "archive" | "commit";
  };
}

/** `--build-context NAME=…`: a directory of this machine, or something that the build brings. */
export type NamedContext = ({ readonly kind: "local" } & LocalContext) | RemoteContext;

/** What is done with a finished image; one entry for each `--output`, in the order of the command line. */
export type ExportRequest =
  /** Into the local store under names (canonical references). */
  | { readonly kind: "store"; readonly names: readonly string[] }
  | {
      readonly kind: "oci";
      /** A path, or "-" for standard output. */
      readonly destination: string;
      readonly form: "archive" | "directory";
      readonly names: readonly string[];
      readonly compression?: CompressionForm;
      readonly times?: ExportTimes;
    }
  | {
      readonly kind: "docker";
      readonly destination: string;
      readonly names: readonly string[];
      readonly compression?: CompressionForm;
      readonly times?: ExportTimes;
    }
  /** The files alone; with an epoch all of them have that time. */
  | { readonly kind: "local"; readonly destination: string; readonly times?: Pick<ExportTimes, "epoch"> }
  | { readonly kind: "tar"; readonly destination: string; readonly times?: Pick<ExportTimes, "epoch"> }
  | {
      readonly kind: "image";
      readonly names: readonly string[];
      readonly push: boolean;
      readonly insecure?: boolean;
      readonly compression?: CompressionForm;
      readonly times?: ExportTimes;
    }
  | { readonly kind: "bundle"; readonly destination: string }
  /** Into docker or podman, whichever the caller's loader speaks to. */
  | { readonly kind: "load"; readonly names: readonly string[] };

/** Times of one output that differ from those of the build. */
export interface ExportTimes {
  /** Seconds since 1970 instead of SOURCE_DATE_EPOCH; "none" takes that back. */
  readonly epoch?: number | "none";
  /** What is younger than the epoch in new layers becomes as old as that. */
  readonly rewrite?: boolean;
}

/** One build: everything that decides its result, as plain data. */
export interface BuildRequest {
  readonly dockerfile: {
    /** For messages, e.g. `Dockerfile`. */
    readonly name: string;
    readonly text: string;
    /** The text of `<Dockerfile>.dockerignore`, when there is one: it wins over the context's `.dockerignore`. */
    readonly ignore?: string;
  };
  readonly context: LocalContext;
  readonly namedContexts?: Readonly<Record<string, NamedContext>>;
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: the platform of this machine. */
  readonly platform?: Platform;
  readonly noCache?: boolean;
  /** Stages, by name, whose steps are run again. */
  readonly noCacheFilter?: readonly string[];
  readonly pull?: PullPolicy;
  readonly network?: NetworkMode;
  /** RUN steps at a time; default: no limit. */
  readonly jobs?: number;
  /** Seconds since 1970: SOURCE_DATE_EPOCH. */
  readonly epoch?: number;
  readonly reproducible?: boolean;
  /** What RUN steps may have besides their sandbox: `network.host`, `security.insecure`, `device[=NAME]`. */
  readonly allow?: readonly string[];
  /** Where devices for RUN --device are described; default `/etc/cdi` and `/var/run/cdi`. */
  readonly deviceDirectories?: readonly string[];
  readonly addHosts?: readonly { readonly host: string; readonly address: string }[];
  /** What RUN steps see as their machine's name; the build argument BUILDKIT_SANDBOX_HOSTNAME wins. */
  readonly hostname?: string;
  /** Of /dev/shm in RUN steps; default 64 MiB. */
  readonly shmSizeBytes?: number;
  readonly ulimits?: readonly Ulimit[];
  /** The control group, in every hierarchy, that holds those of RUN steps. */
  readonly cgroupParent?: string;
  /** What each RUN step may use of the machine. */
  readonly resources?: Pick<OciResources, "memory" | "cpu">;
  readonly secrets?: Readonly<Record<string, () => Uint8Array>>;
  /** SSH agents by id. */
  readonly ssh?: Readonly<Record<string, SshAgent>>;
  readonly exports: readonly ExportRequest[];
  readonly signal: AbortSignal;
  /**
   * Called once, before the first thing that the cache does not answer and that needs trees or processes: a caller that has
   * to enter a user namespace first does so here and never returns.
   */
  readonly beforeWork?: () => Promise<void>;
}

/** What a build made. */
export interface BuildResult {
  /** The config digest: the image's ID. */
  readonly imageId: Digest;
  /** The manifest of the first exporter that publishes one, else the local one. */
  readonly manifest: Descriptor;
  readonly platform: Platform;
  /** buildx's metadata keys. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A build under way: iterate it for its events; `result` settles after the last one. */
export interface BuildRun extends AsyncIterable<BuildEvent> {
  readonly result: Promise<BuildResult>;
}
