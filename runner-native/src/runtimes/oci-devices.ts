import type { OciMount, OciSpec } from "../spec.ts";

const nodes = ["null", "zero", "full", "random", "urandom", "tty"];

/** In a user namespace the runtimes bind the host's nodes themselves, and runc fails on one that is there. */
export type DeviceNodes = "bound by us" | "bound by the runtime";

/**
 * The same container without a way to the host's devices: with no device cgroup, a node that it makes itself would open
 * them. So everything is nodev, and the standard nodes are binds of the host's.
 */
export function withoutDevices(spec: OciSpec, by: DeviceNodes): OciSpec {
  if (mayOpenDevices(spec)) return spec;
  return { ...spec, mounts: spec.mounts.flatMap((mount) => restrict(mount, by)) };
}

/** Whether a container is meant to reach every device of the host (RUN --security=insecure). */
export function mayOpenDevices({ linux }: OciSpec): boolean {
  return linux.resources?.devices?.some(({ allow, access }) => allow && access === "rwm") ?? false;
}

function restrict(mount: OciMount, by: DeviceNodes): OciMount[] {
  const options = mount.options ?? [];
  if (mount.type === "devpts" || options.includes("dev")) return [mount];
  const restricted = { ...mount, options: options.includes("nodev") ? options : [...options, "nodev"] };
  return mount.destination === "/dev" && by === "bound by us"
    ? [restricted, ...nodes.map(bindNode)]
    : [restricted];
}

function bindNode(name: string): OciMount {
  const path = `/dev/${name}`;
  return { destination: path, type: "bind", source: path, options: ["bind", "nosuid", "noexec"] };
}
