import type { OciMount, OciSpec, OciUser } from "./spec.ts";

export interface ContainerSpecOptions {
  readonly argv: readonly string[];
  /** `NAME=value`, complete: nothing is added (but runc and crun add HOME where it is missing). */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: OciUser;
  /** Mounted after the default ones, in this order. */
  readonly mounts?: readonly OciMount[];
  readonly hostname?: string;
  /** "host" shares the network of the caller; "none" has a loopback interface only. */
  readonly network: "host" | "none";
  readonly readonlyRoot?: boolean;
  readonly rootPath?: string;
}

/** What docker grants by default (moby's default set of 14). */
export const defaultCapabilities: readonly string[] = (
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL " +
  "AUDIT_WRITE"
)
  .split(" ")
  .map((name) => `CAP_${name}`);

/** Files of /proc and /sys that tell about or act on the host. */
export const maskedPaths: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

export const readonlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/**
 * The runtime spec of one process as docker would isolate it: fresh namespaces, 14 capabilities with empty inheritable
 * and ambient sets (CVE-2022-24769), the usual mounts. It is a complete config.json for runc and crun too.
 */
export function containerSpec(options: ContainerSpecOptions): OciSpec {
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { ...options.user, umask: options.user.umask ?? 0o022 },
      args: options.argv,
      env: options.env,
      cwd: options.cwd,
      capabilities: {
        bounding: defaultCapabilities,
        effective: defaultCapabilities,
        permitted: defaultCapabilities,
        inheritable: [],
        ambient: [],
      },
      noNewPrivileges: false,
    },
    root: { path: options.rootPath ?? "rootfs", readonly: options.readonlyRoot ?? false },
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    mounts: [...defaultMounts(options.network), ...(options.mounts ?? [])],
    linux: { namespaces: namespaces(options.network), maskedPaths, readonlyPaths },
  };
}

function namespaces(network: "host" | "none"): OciSpec["linux"]["namespaces"] {
  const types = ["pid", "ipc", "uts", "mount", "cgroup"] as const;
  return [...types, ...(network === "none" ? (["network"] as const) : [])].map((type) => ({ type }));
}

function defaultMounts(network: "host" | "none"): OciMount[] {
  return [
    mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
    mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    mount("/dev/mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
    sysMount(network),
  ];
}

/** The kernel mounts a fresh sysfs only for the owner of the network namespace; otherwise the host's serves, read-only. */
function sysMount(network: "host" | "none"): OciMount {
  if (network === "none") return mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]);
  return {
    destination: "/sys",
    type: "bind",
    source: "/sys",
    // "rro": what the host has mounted below (cgroups) must not be writable either.
    options: ["rbind", "rprivate", "nosuid", "noexec", "nodev", "rro"],
  };
}

function mount(destination: string, type: string, options: readonly string[]): OciMount {
  return { destination, type, source: type, options };
}
