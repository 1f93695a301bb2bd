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

export interface OciUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
  readonly umask?: number;
}

export interface OciProcess {
  readonly terminal?: boolean;
  readonly user: OciUser;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities?: Readonly<
    Record<"bounding" | "effective" | "permitted" | "inheritable" | "ambient", readonly string[]>
  >;
  readonly rlimits?: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly noNewPrivileges?: boolean;
}

export interface OciMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

export interface OciLinux {
  readonly namespaces: readonly {
    readonly type: "user" | "mount" | "pid" | "ipc" | "uts" | "cgroup" | "network";
    readonly path?: string;
  }[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly resources?: Readonly<Record<string, unknown>>;
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
