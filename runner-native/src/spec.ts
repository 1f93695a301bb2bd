/** The part of the OCI runtime-spec config.json that tsbuild writes and runs (runtime-spec 1.2, config.md). */
export interface OciSpec {
  readonly ociVersion: string;
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly mounts: readonly OciMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux: OciLinux;
}

/** runtime-spec config.md "POSIX-platform User". */
export interface OciUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
  readonly umask?: number;
}

/** runtime-spec config.md "process". */
export interface OciProcess {
  readonly terminal?: boolean;
  readonly user: OciUser;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities?: Readonly<
    Record<"bounding" | "effective" | "permitted" | "inheritable" | "ambient", readonly string[]>
  >;
  readonly rlimits?: readonly OciLimit[];
  readonly noNewPrivileges?: boolean;
}

/** A resource limit of setrlimit(2), e.g. `RLIMIT_NOFILE`; -1 is unlimited. */
export interface OciLimit {
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** `dev` among the options of a bind says that its source is a device node, and that the container may open it. */
export interface OciMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** config-linux.md "Devices". */
export interface OciDevice {
  readonly path: string;
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** config-linux.md "Control groups": what tsbuild limits; -1 is unlimited. */
export interface OciResources {
  /** One rule that allows all: the container may open every device. */
  readonly devices?: readonly { readonly allow: boolean; readonly access?: string }[];
  readonly memory?: { readonly limit?: number; readonly swap?: number };
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
}

/** runtime-spec config-linux.md. */
export interface OciLinux {
  readonly namespaces: readonly {
    readonly type: "user" | "mount" | "pid" | "ipc" | "uts" | "cgroup" | "network";
    readonly path?: string;
  }[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly resources?: OciResources;
  /** Below the root of every hierarchy; without it a container with resources gets one of its own. */
  readonly cgroupsPath?: string;
  /** Nodes that are made, besides the standard ones. */
  readonly devices?: readonly OciDevice[];
  readonly uidMappings?: readonly {
    readonly containerID: number;
    readonly hostID: number;
    readonly size: number;
  }[];
  readonly gidMappings?: readonly {
    readonly containerID: number;
    readonly hostID: number;
    readonly size: number;
  }[];
}
