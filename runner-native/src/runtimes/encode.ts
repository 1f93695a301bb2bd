import { runnerError } from "../errors.ts";
import type { MadeDirectory, Rootfs } from "../runtime.ts";
import type { OciDevice, OciMount, OciSpec } from "../spec.ts";
import { isFeatureDisabled, type KernelFeature } from "../sys/features.ts";
import { cloneFlags } from "./clone-flags.ts";
import { capabilityBits } from "./capabilities.ts";
import { limitNames } from "./limit-names.ts";
import { mayOpenDevices } from "./oci-devices.ts";
import { planMount, planOverlay } from "./mount-options.ts";
import { createSpecWriter, op, type SpecWriter } from "./spec-writer.ts";

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
  /** Directories of cgroups that were made for it. */
  readonly cgroups?: readonly string[];
  readonly madeDirectory?: MadeDirectory | undefined;
}

/** The helper's spec for a container: the OCI spec in records. @throws SANDBOX_FAILED on what the helper cannot do. */
export function encodeContainer(spec: OciSpec, options: EncodeOptions): Buffer {
  const writer = createSpecWriter();
  encodeFeatures(writer);
  encodeNamespaces(writer, spec);
  encodeCgroups(writer, options.cgroups ?? []);
  if (mayOpenDevices(spec)) writer.add(op.allowDevices);
  encodeRootfs(writer, options.rootfs, options.overlayOptions);
  encodeMadeDirectory(writer, options.madeDirectory);
  if (spec.root.readonly === true) writer.add(op.rootReadonly);
  for (const mount of spec.mounts) encodeMount(writer, mount, options);
  for (const device of spec.linux.devices ?? []) encodeDevice(writer, device);
  for (const path of spec.linux.maskedPaths ?? []) writer.add(op.mask, { strings: [path] });
  for (const path of spec.linux.readonlyPaths ?? []) writer.add(op.readonly, { strings: [path] });
  if (spec.hostname !== undefined) writer.add(op.hostname, { strings: [spec.hostname] });
  encodeProcess(writer, spec.process);
  return writer.finish();
}

export function encodeFeatures(writer: SpecWriter): void {
  const bits = disableBits.reduce((all, [feature, bit]) => (isFeatureDisabled(feature) ? all | bit : all), 0);
  if (bits !== 0) writer.add(op.disable, { numbers: [bits] });
}

export function encodeCgroups(writer: SpecWriter, directories: readonly string[]): void {
  if (directories.length > 0) writer.add(op.cgroups, { strings: directories });
}

export function encodeMadeDirectory(writer: SpecWriter, made: MadeDirectory | undefined): void {
  if (made !== undefined)
    writer.add(op.makeDirectory, { numbers: [made.uid, made.gid], strings: [made.path] });
}

const deviceTypes = { c: 0o020000, b: 0o060000 } as const;
const defaultDeviceMode = 0o666;

function encodeDevice(writer: SpecWriter, device: OciDevice): void {
  const { type, major, minor, fileMode = defaultDeviceMode, uid = 0, gid = 0 } = device;
  writer.add(op.device, {
    numbers: [deviceTypes[type] | fileMode, major, minor, uid, gid],
    strings: [device.path],
  });
}

function encodeNamespaces(writer: SpecWriter, { linux }: OciSpec): void {
  let flags = 0;
  for (const { type, path } of linux.namespaces) {
    if (path === undefined) flags |= cloneFlags[type];
    else if (type === "network") writer.add(op.joinNetwork, { strings: [path] });
    else
      throw runnerError("SANDBOX_FAILED", `the built-in runtime cannot join the ${type} namespace ${path}`);
  }
  if ((flags & cloneFlags.mount) === 0 || (flags & cloneFlags.pid) === 0)
    throw runnerError("SANDBOX_FAILED", "a container needs a mount and a pid namespace of its own");
  writer.add(op.namespaces, { numbers: [flags] });
  if ((flags & cloneFlags.user) === 0) return;
  writer.add(op.uidMap, { strings: [idMap(linux.uidMappings)] });
  writer.add(op.gidMap, { strings: [idMap(linux.gidMappings)] });
}

function idMap(mappings: OciSpec["linux"]["uidMappings"]): string {
  return (mappings ?? [])
    .map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`)
    .join("");
}

export function encodeRootfs(writer: SpecWriter, rootfs: Rootfs, overlayOptions: string): void {
  switch (rootfs.kind) {
    case "directory":
      return writer.add(op.rootDirectory, { strings: [rootfs.path] });
    case "overlay":
      // An overlay needs something below: with nothing there, the upper directory is the root.
      if (rootfs.lower.length === 0) return writer.add(op.rootDirectory, { strings: [rootfs.upper] });
      return writer.add(op.rootOverlay, {
        strings: [overlayOptions, rootfs.upper, rootfs.work, ...rootfs.lower],
      });
  }
}

export interface MountEncoding {
  readonly overlayOptions: string;
  /** MOUNT_* bits besides those of the mount's own options. */
  readonly flags?: number;
}

export function encodeMount(
  writer: SpecWriter,
  mount: OciMount,
  { overlayOptions, flags = 0 }: MountEncoding,
): void {
  const options = mount.options ?? [];
  const isBind = mount.type === "bind" || options.includes("bind") || options.includes("rbind");
  const type = isBind ? "bind" : mount.type;
  if (type === undefined || !mount.destination.startsWith("/"))
    throw runnerError("SANDBOX_FAILED", `the mount at ${mount.destination} has no type or no absolute path`);
  const plan = type === "overlay" ? planOverlay(options) : { ...planMount(options), layers: [] };
  const layers = type === "overlay" ? [overlayOptions, ...plan.layers] : [];
  writer.add(op.mount, {
    numbers: [plan.flags | flags, plan.attributes],
    strings: [type, mount.destination, mount.source ?? "", plan.data, ...layers],
  });
}

export function encodeProcess(writer: SpecWriter, process: OciSpec["process"]): void {
  const { user, capabilities } = process;
  writer.add(op.identity, {
    numbers: [user.uid, user.gid, user.umask ?? defaultUmask, ...(user.additionalGids ?? [])],
  });
  if (capabilities !== undefined) {
    const sets = ["bounding", "effective", "permitted", "inheritable", "ambient"] as const;
    writer.add(op.capabilities, { longs: sets.map((set) => capabilityBits(capabilities[set])) });
  }
  for (const limit of process.rlimits ?? []) {
    const resource = limitNames.indexOf(limit.type.replace(/^RLIMIT_/, ""));
    if (resource < 0)
      throw runnerError("SANDBOX_FAILED", `${limit.type} is not the name of a resource limit`);
    writer.add(op.rlimit, { numbers: [resource], longs: [limit.soft, limit.hard].map(unsigned) });
  }
  if (process.noNewPrivileges === true) writer.add(op.noNewPrivileges);
  writer.add(op.environment, { strings: process.env });
  writer.add(op.arguments, { strings: process.args });
  writer.add(op.directory, { strings: [process.cwd] });
}

/** -1 becomes RLIM_INFINITY: all bits. */
function unsigned(limit: number): bigint {
  return BigInt.asUintN(64, BigInt(limit));
}
