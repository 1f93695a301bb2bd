import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciMount, OciSpec } from "../spec.ts";
import { mayOpenDevices } from "./oci-devices.ts";

/** The files that an OCI runtime needs for one run; gone with the run. */
export interface OciBundle extends Disposable {
  readonly directory: string;
  /** Where the root file system has to be mounted. */
  readonly rootfs: string;
  /** Overlays that have to be mounted before the runtime starts; it then binds them. */
  readonly overlays: readonly OciMount[];
  readonly config: OciSpec;
  /** The runtime's own state (`--root`). */
  readonly state: string;
  /** What the runtime complains about (`--log`, JSON lines). */
  readonly log: string;
}

/** Writes config.json, with root.path at `rootfs`, into a fresh directory below `parent`. */
export function writeOciBundle(parent: string, spec: OciSpec, helperPath: string): OciBundle {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "bundle-"));
  const rootfs = join(directory, "rootfs");
  mkdirSync(rootfs);
  const { mounts, overlays } = setOverlaysApart(directory, spec.mounts);
  const config: OciSpec = { ...spec, root: { ...spec.root, path: "rootfs" }, mounts };
  const { cgroupsPath: _, resources: __, ...linux } = spec.linux;
  // Called when the root is mounted and not yet entered: crun has by then forgotten that it was nodev.
  const hook = { path: helperPath, args: ["tsbuild-helper", "nodev", rootfs] };
  writeFileSync(
    join(directory, "config.json"),
    configJson({ ...config, linux, ...(mayOpenDevices(spec) ? {} : { hooks: { createContainer: [hook] } }) }),
  );
  return {
    directory,
    rootfs,
    overlays,
    config,
    state: join(directory, "state"),
    log: join(directory, "log"),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Unlimited is 2^64 - 1 in the runtime-spec, which is no number of JavaScript's. */
function configJson(config: object): string {
  return JSON.stringify(config).replaceAll(/"(soft|hard)":-1\b/g, '"$1":18446744073709551615');
}

/** The runtimes use mount(2), whose one page of options does not hold many layers. */
function setOverlaysApart(
  directory: string,
  mounts: readonly OciMount[],
): { readonly mounts: readonly OciMount[]; readonly overlays: readonly OciMount[] } {
  const overlays: OciMount[] = [];
  const bound = mounts.map((mount): OciMount => {
    if (mount.type !== "overlay") return mount;
    const place = join(directory, `overlay-${overlays.length}`);
    mkdirSync(place);
    overlays.push({ ...mount, destination: place });
    const options = (mount.options ?? []).filter((option) => !option.includes("="));
    return { destination: mount.destination, type: "bind", source: place, options: ["rbind", ...options] };
  });
  return { mounts: bound, overlays };
}
