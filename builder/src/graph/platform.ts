import type { Platform } from "@tsbuild/layers";
import { Problem } from "../dockerfile/problem.ts";
import { quote } from "../dockerfile/quote.ts";

const systems: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);

const architectures: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

const part = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant` with the usual other names.
 * @throws Problem
 */
export function parsePlatform(text: string, local: Platform): Platform {
  const [first = "", second, third, ...more] = text.split("/");
  const parts = [first, second, third].filter((given) => given !== undefined);
  if (more.length > 0 || parts.some((given) => !part.test(given)))
    throw new Problem(`${quote(text)}: invalid platform`, {
      hint: "write os/architecture, e.g. linux/arm64",
    });
  if (second !== undefined) return normalized(first, second, third ?? "");
  const os = systemOf(first);
  if (systems.has(os)) return { os, ...architectureOf(local.architecture, local.variant ?? "") };
  const single = architectureOf(first, "");
  if (architectures.has(single.architecture)) return { os: local.os, ...single };
  throw new Problem(`${quote(text)}: unknown operating system or architecture: invalid argument`, {
    hint: "write os/architecture, e.g. linux/arm64",
  });
}

function normalized(os: string, architecture: string, variant: string): Platform {
  return { os: systemOf(os), ...architectureOf(architecture, variant) };
}

function systemOf(text: string): string {
  const os = text.toLowerCase();
  return os === "macos" ? "darwin" : os;
}

function architectureOf(
  text: string,
  variantText: string,
): { readonly architecture: string; readonly variant?: string } {
  const architecture = text.toLowerCase();
  const variant = variantText.toLowerCase();
  const of = (name: string, kept: string): { readonly architecture: string; readonly variant?: string } =>
    kept === "" ? { architecture: name } : { architecture: name, variant: kept };
  switch (architecture) {
    case "i386":
      return of("386", "");
    case "x86_64":
    case "x86-64":
    case "amd64":
      return of("amd64", variant === "v1" ? "" : variant);
    case "aarch64":
    case "arm64":
      return of("arm64", variant === "8" || variant === "v8" ? "" : variant);
    case "armhf":
      return of("arm", "v7");
    case "armel":
      return of("arm", "v6");
    case "arm":
      if (variant === "" || variant === "7") return of("arm", "v7");
      return of("arm", /^[568]$/.test(variant) ? `v${variant}` : variant);
    default:
      return of(architecture, variant);
  }
}

/** `linux/arm64/v8`; the os version is left out. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant ?? "";
  return `${platform.os}/${platform.architecture}${variant === "" ? "" : `/${variant}`}`;
}

export function isSamePlatform(left: Platform, right: Platform): boolean {
  return formatPlatform(left) === formatPlatform(right);
}
