import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciSpec } from "../spec.ts";

/** The files that an OCI runtime needs for one run; gone with the run. */
export interface OciBundle extends Disposable {
  readonly directory: string;
  /** Where the root file system has to be mounted. */
  readonly rootfs: string;
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
  // Called when the root is mounted and not yet entered: crun has by then forgotten that it was nodev.
  const hook = { path: helperPath, args: ["tsbuild-helper", "nodev", rootfs] };
  const config = { ...spec, root: { ...spec.root, path: "rootfs" }, hooks: { createContainer: [hook] } };
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  return {
    directory,
    rootfs,
    state: join(directory, "state"),
    log: join(directory, "log"),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
