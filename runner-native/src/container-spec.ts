import { findHierarchies } from "./cgroup/hierarchies.ts";
import { hostDevices } from "./host-devices.ts";
import { ownCapabilities } from "./runtimes/capabilities.ts";
import type { OciLimit, OciLinux, OciMount, OciProcess, OciResources, OciSpec, OciUser } from "./spec.ts";
import { isInUserNamespace } from "./user-namespace/detect.ts";

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
  /** "insecure": every capability this process has, every device, nothing masked or read-only. Default "sandbox". */
  readonly security?: "sandbox" | "insecure";
  /** Of /dev/shm; default 64 MiB. */
  readonly shmSizeBytes?: number;
  readonly rlimits?: readonly OciLimit[];
  readonly cgroupsPath?: string;
  readonly resources?: OciResources;
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

/** docker's list of what of /proc a container may read and not write. */
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
  const security = options.security ?? "sandbox";
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { ...options.user, umask: options.user.umask ?? 0o022 },
      args: options.argv,
      env: options.env,
      cwd: options.cwd,
      capabilities: capabilitiesOf(security),
      ...(options.rlimits === undefined ? {} : { rlimits: options.rlimits }),
      noNewPrivileges: false,
    },
    root: { path: options.rootPath ?? "rootfs", readonly: options.readonlyRoot ?? false },
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    mounts: [...defaultMounts(options), ...(options.mounts ?? [])],
    linux: { namespaces: namespaces(options.network), ...confinement(security), ...groups(options) },
  };
}

function capabilitiesOf(security: "sandbox" | "insecure"): NonNullable<OciProcess["capabilities"]> {
  const granted = security === "sandbox" ? defaultCapabilities : ownCapabilities();
  // As BuildKit: what is insecure is so for users other than root, too.
  const kept = security === "sandbox" ? [] : granted;
  return { bounding: granted, effective: granted, permitted: granted, inheritable: kept, ambient: kept };
}

function confinement(security: "sandbox" | "insecure"): Partial<OciLinux> {
  if (security === "sandbox") return { maskedPaths, readonlyPaths };
  const devices = isInUserNamespace() ? [] : hostDevices();
  return { devices, resources: { devices: [{ allow: true, access: "rwm" }] } };
}

function groups({ cgroupsPath, resources, security }: ContainerSpecOptions): Partial<OciLinux> {
  const devices = security === "insecure" ? { devices: [{ allow: true, access: "rwm" }] } : {};
  return {
    ...(cgroupsPath === undefined ? {} : { cgroupsPath }),
    ...(resources === undefined ? {} : { resources: { ...resources, ...devices } }),
  };
}

function namespaces(network: "host" | "none"): OciSpec["linux"]["namespaces"] {
  const types = ["pid", "ipc", "uts", "mount", "cgroup"] as const;
  return [...types, ...(network === "none" ? (["network"] as const) : [])].map((type) => ({ type }));
}

function defaultMounts(options: ContainerSpecOptions): OciMount[] {
  return [
    mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
    mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", `size=${shmSize(options)}`]),
    mount("/dev/mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
    sysMount(options),
    ...cgroupMounts(options),
  ];
}

function shmSize({ shmSizeBytes }: ContainerSpecOptions): string {
  return shmSizeBytes === undefined ? "65536k" : String(shmSizeBytes);
}

/** The kernel mounts a fresh sysfs only for the owner of the network namespace; otherwise the host's serves, read-only. */
function sysMount({ network, security }: ContainerSpecOptions): OciMount {
  const isOpen = security === "insecure";
  if (network === "none")
    return mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", ...(isOpen ? [] : ["ro"])]);
  return {
    destination: "/sys",
    type: "bind",
    source: "/sys",
    // "rro": what the host has mounted below (cgroups) must not be writable either.
    options: ["rbind", "rprivate", "nosuid", "noexec", "nodev", isOpen ? "rw" : "rro"],
  };
}

/** Where it has limits, a container sees its own group at the usual place: the top of its cgroup namespace. */
function cgroupMounts({ cgroupsPath, resources, security }: ContainerSpecOptions): OciMount[] {
  const place = "/sys/fs/cgroup";
  const isWanted = cgroupsPath !== undefined || resources !== undefined;
  const isUnified = isWanted && findHierarchies().some((each) => each.version === 2 && each.mount === place);
  const access = security === "insecure" ? "rw" : "ro";
  return isUnified ? [mount(place, "cgroup2", ["nosuid", "noexec", "nodev", access])] : [];
}

function mount(destination: string, type: string, options: readonly string[]): OciMount {
  return { destination, type, source: type, options };
}
