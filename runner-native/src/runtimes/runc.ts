import type { Runtime } from "../runtime.ts";
import { createOciRuntime, type OciRuntimeKind, type OciRuntimeOptions } from "./oci-runtime.ts";

const runc: OciRuntimeKind = {
  name: "runc",
  package: "runc",
  // It then goes on where it may not write cgroups.
  globalOptions: ["--rootless", "true"],
  cgroups: {
    destination: "/sys/fs/cgroup",
    type: "bind",
    source: "/sys/fs/cgroup",
    options: ["rbind", "ro"],
  },
};

/** runc behind the Runtime interface. */
export function createRuncRuntime(options: OciRuntimeOptions): Runtime {
  return createOciRuntime(runc, options);
}
