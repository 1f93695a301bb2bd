import { arch } from "node:os";
import { normalizePlatform, type Platform } from "@tsbuild/layers";

/** The platform of this machine: what is built unless another one is asked for. */
export function hostPlatform(): Platform {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  const machine = arch();
  return normalizePlatform({ os: "linux", architecture: names[machine] ?? machine });
}
