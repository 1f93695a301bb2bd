import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OciMount } from "@tsbuild/runner-native";
import type { DeviceEntitlement } from "../entitlements.ts";
import { builderError } from "../errors.ts";
import type { RunStep } from "../graph/step.ts";
import { type Device, readDeviceSpec } from "./device-spec.ts";

/** Where specifications lie (CDI 1.0); what is in the later directory wins. */
const defaultDirectories = ["/etc/cdi", "/var/run/cdi"];

type Asked = RunStep["devices"][number];

/** The devices of this machine that RUN steps may ask for. */
export interface DeviceRegistry {
  /** What a step asks for, each once. @throws DEVICE_UNKNOWN for a required one that is not there. */
  find(asked: readonly Asked[], allowed: DeviceEntitlement): readonly Device[];
  /** The first name that a step asks for and that is not allowed. @throws DEVICE_UNKNOWN */
  refused(asked: readonly Asked[], allowed: DeviceEntitlement): string | undefined;
}

/** Reads the specifications when a step first asks for a device. */
export function createDeviceRegistry(directories: readonly string[] = defaultDirectories): DeviceRegistry {
  let known: readonly Device[] | undefined;
  const one = ({ name, required }: Asked, allowed: DeviceEntitlement): readonly Device[] => {
    known ??= readAll(directories);
    const wanted = allowed === "all" ? name : (allowed.get(name) ?? name);
    const found = select(known, wanted);
    if (found.length > 0 || !required) return found;
    throw builderError("DEVICE_UNKNOWN", `required device ${JSON.stringify(wanted)} is not registered`, {
      hint: hintFor(directories),
    });
  };
  return {
    find: (asked, allowed) => [...new Set(asked.flatMap((device) => one(device, allowed)))],
    refused: (asked, allowed) =>
      asked.find((device) => !one(device, allowed).every((found) => isAllowed(found, device, allowed)))?.name,
  };
}

function isAllowed(device: Device, { name }: Asked, allowed: DeviceEntitlement): boolean {
  if (allowed === "all" || device.isFree) return true;
  return [name, device.kind, `${device.kind}=${device.name}`].some((each) => allowed.has(each));
}

/** As BuildKit: `kind` is the first of that kind, `kind=*` all, `kind=name` one, or all that have this class. */
function select(devices: readonly Device[], wanted: string): readonly Device[] {
  const equals = wanted.indexOf("=");
  const kind = equals < 0 ? wanted : wanted.slice(0, equals);
  const name = equals < 0 ? "" : wanted.slice(equals + 1);
  const same = devices.filter((device) => device.kind === kind);
  if (name === "") return same.slice(0, 1);
  if (name === "*") return same;
  const named = same.filter((device) => device.name === name);
  return named.length > 0 ? named : same.filter(({ group }) => group === name);
}

function readAll(directories: readonly string[]): readonly Device[] {
  const devices = new Map<string, Device>();
  for (const directory of directories)
    for (const file of filesIn(directory).filter((each) => each.endsWith(".json"))) {
      const path = join(directory, file);
      for (const device of readDeviceSpec(path, readFileSync(path, "utf8")))
        devices.set(`${device.kind}=${device.name}`, device);
    }
  return [...devices.values()];
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return []; // a machine without devices of this kind
  }
}

function hintFor(directories: readonly string[]): string {
  const unread = directories.flatMap((directory) =>
    filesIn(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .map((file) => join(directory, file)),
  );
  return unread.length > 0
    ? `only specifications in JSON are read: convert ${unread.join(", ")}`
    : `there is no specification of it in ${directories.join(" or ")}`;
}

/** The mounts that bring a device into a container: its nodes, which may be opened, then what else it needs. */
export function deviceMounts({ edits }: Device): readonly OciMount[] {
  return [
    ...edits.nodes.map(({ path, hostPath }) => ({
      destination: path,
      type: "bind",
      source: hostPath,
      options: ["bind", "dev", "nosuid", "noexec"],
    })),
    ...edits.mounts.map(({ hostPath, containerPath, options }) => ({
      destination: containerPath,
      type: "bind",
      source: hostPath,
      options: [...new Set(["rbind", "nodev", ...options.filter((option) => option !== "dev")])],
    })),
  ];
}
