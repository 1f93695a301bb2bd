import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { runInGuest } from "./machine.ts";
import { unpackKernel } from "./packages.ts";

/**
 * Runs a command of this repository on another kernel, in a virtual machine that sees this machine's root:
 * `node test-images/src/campaigns/kernel/main.ts --package linux-image-6.1.0-….deb [--as root|range|single] [-- COMMAND]`.
 * For arm64 `--root` names a directory with Debian's packages for it, and the repository is a copy with the helper and the native
 * modules for it. Needs root, and qemu-system-x86 or qemu-system-arm from Debian; `--kvm` where that works, else the processor is interpreted.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: "string", multiple: true },
    architecture: { type: "string", default: "amd64" },
    root: { type: "string", default: "/" },
    as: { type: "string", default: "root" },
    memory: { type: "string", default: "4096" },
    disk: { type: "string", default: "12" },
    minutes: { type: "string", default: "30" },
    kvm: { type: "boolean", default: false },
    parameters: { type: "string", default: "" },
    env: { type: "string", multiple: true, default: [] },
  },
});
const { as, architecture } = values;
if (architecture !== "amd64" && architecture !== "arm64") throw new Error("--architecture is amd64 or arm64");
if (values.package === undefined || (as !== "root" && as !== "range" && as !== "single"))
  throw new Error("usage: main.ts --package FILE.deb [--package …] [--as root|range|single] [-- COMMAND]");

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

const repository = join(import.meta.dirname, "..", "..", "..", "..");
const directory = mkdtempSync(join(tmpdir(), "tsbuild-kernel-"));
try {
  mkdirSync(join(directory, "kernel"));
  const kernel = unpackKernel(values.package, join(directory, "kernel"));
  const code = await runInGuest(kernel, {
    architecture,
    root: values.root,
    directory,
    repository,
    as,
    command: positionals.length > 0 ? positionals.join(" ") : "node test-images/src/hello.ts",
    path: [
      join(repository, "node_modules", ".bin"),
      dirname(process.execPath),
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ].join(delimiter),
    environment: Object.fromEntries(values.env.map((each) => each.split(/=(.*)/s).slice(0, 2))),
    memoryMiB: Number(values.memory),
    diskGiB: Number(values.disk),
    kvm: values.kvm,
    parameters: values.parameters,
    signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(Number(values.minutes) * 60_000)]),
  });
  console.log(code === undefined ? "the guest ended without an exit code" : `exit code ${code}`);
  process.exitCode = code ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
