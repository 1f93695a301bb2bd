import type { Runtime } from "../runtime.ts";
import { createOciRuntime, type OciRuntimeKind, type OciRuntimeOptions } from "./oci-runtime.ts";

const crun: OciRuntimeKind = {
  name: "crun",
  package: "crun",
  globalOptions: ["--cgroup-manager", "disabled"],
  // crun 1.8 refuses hybrid hierarchies, even when it is not to use them.
  cgroups: { destination: "/sys/fs/cgroup", type: "tmpfs", options: ["ro", "nosuid", "nodev", "noexec"] },
};

/** crun behind the Runtime interface. */
export function createCrunRuntime(options: OciRuntimeOptions): Runtime {
  return createOciRuntime(crun, options);
}
