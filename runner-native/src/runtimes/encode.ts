import { runnerError } from "../errors.ts";
import type { Rootfs } from "../runtime.ts";
import type { OciMount, OciSpec } from "../spec.ts";
import { isFeatureDisabled, type KernelFeature } from "../sys/features.ts";
import { capabilityBits } from "./capabilities.ts";
import { planMount } from "./mount-options.ts";
import { createSpecWriter, op, type SpecWriter } from "./spec-writer.ts";

/** clone(2) flags of the namespaces of the runtime spec. */
const cloneFlags = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;

/** setrlimit(2) resources of Linux on x64 and arm64. */
const resources =
  "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME".split(
    " ",
  );

/** Bits of the features that the helper has to do without. */
const disableBits: readonly (readonly [KernelFeature, number])[] = [
  ["clone3", 1],
  ["openat2", 2],
  ["fsopen", 4],
  ["mount_setattr", 4],
  ["lowerdir+", 8],
  ["close_range", 16],
];

const defaultUmask = 0o022;

export interface EncodeOptions {
  readonly rootfs: Rootfs;
  /** Options of an overlay: they differ inside a user namespace. */
  readonly overlayOptions: string;
}

/** The helper's spec for a container: the OCI spec in records. @throws SANDBOX_FAILED on what the helper cannot do. */
export function encodeContainer(spec: OciSpec, options: EncodeOptions): Buffer {
  const writer = createSpecWriter();
  encodeFeatures(writer);
  encodeNamespaces(writer, spec);
  encodeRootfs(writer, options.rootfs, options.overlayOptions);
  if (spec.root.readonly === true) writer.numbers(op.rootReadonly, []);
  for (const mount of spec.mounts) encodeMount(writer, mount, 0);
  for (const path of spec.linux.maskedPaths ?? []) writer.strings(op.mask, [path]);
  for (const path of spec.linux.readonlyPaths ?? []) writer.strings(op.readonly, [path]);
  if (spec.hostname !== undefined) writer.strings(op.hostname, [spec.hostname]);
  encodeProcess(writer, spec.process);
  return writer.finish();
}

export function encodeFeatures(writer: SpecWriter): void {
  const bits = disableBits.reduce((all, [feature, bit]) => (isFeatureDisabled(feature) ? all | bit : all), 0);
  if (bits !== 0) writer.numbers(op.disable, [bits]);
}

function encodeNamespaces(writer: SpecWriter, { linux }: OciSpec): void {
  let flags = 0;
  for (const { type, path } of linux.namespaces) {
    if (path === undefined) flags |= cloneFlags[type];
    else if (type === "network") writer.strings(op.joinNetwork, [path]);
    else
      throw runnerError("SANDBOX_FAILED", `the built-in runtime cannot join the ${type} namespace ${path}`);
  }
  if ((flags & cloneFlags.mount) === 0 || (flags & cloneFlags.pid) === 0)
    throw runnerError("SANDBOX_FAILED", "a container needs a mount and a pid namespace of its own");
  writer.numbers(op.namespaces, [flags]);
  if ((flags & cloneFlags.user) === 0) return;
  writer.strings(op.uidMap, [idMap(linux.uidMappings)]);
  writer.strings(op.gidMap, [idMap(linux.gidMappings)]);
}

function idMap(mappings: OciSpec["linux"]["uidMappings"]): string {
  return (mappings ?? [])
    .map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`)
    .join("");
}

export function encodeRootfs(writer: SpecWriter, rootfs: Rootfs, overlayOptions: string): void {
  switch (rootfs.kind) {
    case "directory":
      return writer.strings(op.rootDirectory, [rootfs.path]);
    case "overlay":
      // An overlay needs something below: with nothing there, the upper directory is the root.
      if (rootfs.lower.length === 0) return writer.strings(op.rootDirectory, [rootfs.upper]);
      return writer.strings(op.rootOverlay, [overlayOptions, rootfs.upper, rootfs.work, ...rootfs.lower]);
  }
}

export function encodeMount(writer: SpecWriter, mount: OciMount, extraFlags: number): void {
  const options = mount.options ?? [];
  const isBind = mount.type === "bind" || options.includes("bind") || options.includes("rbind");
  const type = isBind ? "bind" : mount.type;
  if (type === undefined || !mount.destination.startsWith("/"))
    throw runnerError("SANDBOX_FAILED", `the mount at ${mount.destination} has no type or no absolute path`);
  const plan = planMount(options);
  writer.strings(
    op.mount,
    [type, mount.destination, mount.source ?? "", plan.data],
    [plan.flags | extraFlags, plan.attributes],
  );
}

export function encodeProcess(writer: SpecWriter, process: OciSpec["process"]): void {
  const { user, capabilities } = process;
  writer.numbers(op.identity, [
    user.uid,
    user.gid,
    user.umask ?? defaultUmask,
    ...(user.additionalGids ?? []),
  ]);
  if (capabilities !== undefined) {
    const sets = ["bounding", "effective", "permitted", "inheritable", "ambient"] as const;
    writer.longs(
      op.capabilities,
      [],
      sets.map((set) => capabilityBits(capabilities[set])),
    );
  }
  for (const limit of process.rlimits ?? []) {
    const resource = resources.indexOf(limit.type.replace(/^RLIMIT_/, ""));
    if (resource < 0)
      throw runnerError("SANDBOX_FAILED", `${limit.type} is not the name of a resource limit`);
    writer.longs(op.rlimit, [resource], [BigInt(limit.soft), BigInt(limit.hard)]);
  }
  if (process.noNewPrivileges === true) writer.numbers(op.noNewPrivileges, []);
  writer.strings(op.environment, process.env);
  writer.strings(op.arguments, process.args);
  writer.strings(op.directory, [process.cwd]);
}
