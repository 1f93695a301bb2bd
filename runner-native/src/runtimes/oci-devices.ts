import type { OciMount, OciSpec } from "../spec.ts";

const nodes = ["null", "zero", "full", "random", "urandom", "tty"];

/**
 * The same container without a way to the host's devices: with no device cgroup, a node that it makes itself would open
 * them. So everything is nodev, and the standard nodes are binds of the host's.
 */
export function withoutDevices(spec: OciSpec): OciSpec {
  return { ...spec, mounts: spec.mounts.flatMap(restrict) };
}

function restrict(mount: OciMount): OciMount[] {
  if (mount.type === "devpts") return [mount];
  const options = mount.options ?? [];
  const restricted = { ...mount, options: options.includes("nodev") ? options : [...options, "nodev"] };
  return mount.destination === "/dev" ? [restricted, ...nodes.map(bindNode)] : [restricted];
}

function bindNode(name: string): OciMount {
  const path = `/dev/${name}`;
  return { destination: path, type: "bind", source: path, options: ["bind", "nosuid", "noexec"] };
}
