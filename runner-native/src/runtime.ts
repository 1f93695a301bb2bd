import type { OciSpec } from "./spec.ts";

/** Where the root file system of a container comes from; mounts happen inside the container's own mount namespace. */
export type Rootfs =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "overlay";
      /** Absolute paths, topmost layer first, at most 500. */
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
    };

/** One process in fresh namespaces: the OCI spec (its root.path is ignored) and the root file system. */
export interface RunSpec {
  readonly id: string;
  readonly oci: OciSpec;
  readonly rootfs: Rootfs;
  readonly madeDirectory?: MadeDirectory;
}

/** A directory to be made with its parents where they are missing, before anything is mounted. It is no stub: it belongs to what the run leaves. */
export interface MadeDirectory {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/** What a run is watched and ended through. */
export interface RunIo {
  readonly signal: AbortSignal;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
}

/** What the processes of a run used altogether, as wait4(2) says. */
export interface RunUsage {
  readonly userMs: number;
  readonly systemMs: number;
  readonly maxRssBytes: number;
}

/**
 * A mount point that had to be made because the root file system lacked it: bytes of the path below the root.
 * `parentMtime` is what the parent had before, to be restored when the stub is dropped from the layer.
 */
export interface MountStub {
  readonly path: string;
  readonly type: "file" | "directory";
  readonly parentMtimeSeconds: number;
  readonly parentMtimeNanoseconds: number;
}

/** How the command ended. */
export type RunOutcome =
  | { readonly kind: "exit"; readonly code: number }
  /** The command itself was not there (127) or could not be executed (126); `reason` is a sentence that says why. */
  | { readonly kind: "not-started"; readonly code: 126 | 127; readonly reason: string }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "limit"; readonly which: "memory" | "time" };

/** What is left of a run: how it ended, what it used, and which mount points were made for it. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly usage: RunUsage | undefined;
  /** The stubs made, in the order they were made. */
  readonly stubs: readonly MountStub[];
}

/**
 * Runs one container to its end. Resolves whatever the process' exit was; throws SANDBOX_FAILED, RUNTIME_MISSING or
 * RUNTIME_FAILED when it could not be started, and the signal's reason when cancelled (every process it started is dead then).
 */
export interface Runtime {
  readonly name: string;
  run(spec: RunSpec, io: RunIo): Promise<RunResult>;
}
