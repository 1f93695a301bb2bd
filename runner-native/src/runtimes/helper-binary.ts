import { closeSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runnerError } from "../errors.ts";
import { isFeatureDisabled } from "../sys/features.ts";
import { createMemfd, sealMemfd } from "../sys/memfd.ts";

/** Where `npm run prepare` puts the compiled helper, seen from the sources. */
export function defaultHelperPath(): string {
  return fileURLToPath(new URL("../../dist/tsbuild-helper", import.meta.url));
}

/** The programs to start, the first that the kernel accepts. */
export interface HelperBinary extends Disposable {
  readonly candidates: readonly string[];
}

/**
 * Copies the helper into a sealed memory file and starts it from there: no process in a container can reach the file on
 * disk through /proc/PID/exe (CVE-2019-5736), and a home mounted noexec does not matter. Where memory files are barred
 * (vm.memfd_noexec=2) the file itself serves.
 * @throws HELPER_MISSING when it was not compiled.
 */
export function openHelper(path: string): HelperBinary {
  const bytes = readHelper(path);
  const fd = isFeatureDisabled("memfd_create") ? undefined : sealedCopy(bytes);
  return {
    candidates: fd === undefined ? [path] : [`/proc/self/fd/${fd}`, path],
    [Symbol.dispose]: () => {
      if (fd !== undefined) closeSync(fd);
    },
  };
}

function readHelper(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw runnerError("HELPER_MISSING", `the helper that runs build steps is not at ${path}`, {
      cause,
      hint: "compile it with: npm run prepare (it needs gcc or musl-gcc)",
    });
  }
}

function sealedCopy(bytes: Buffer): number | undefined {
  let fd: number;
  try {
    fd = createMemfd("tsbuild-helper");
  } catch {
    return undefined; // barred by seccomp or an old kernel
  }
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  sealMemfd(fd);
  return fd;
}
