import { arch } from "node:os";
import type { Platform } from "../descriptor.ts";
import { layersError } from "../errors.ts";

/** What to assume where a specifier says nothing; `architecture` as Node's process.arch names it is fine. */
export interface HostPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** The platform of this machine: what is built and pulled unless another one is asked for. */
export function hostPlatform(): Platform {
  return normalizePlatform({ os: "linux", architecture: goArchitecture(arch()) });
}

const osPattern = /^([A-Za-z0-9_.-]+)(?:\(([^()]*)\))?$/;
const componentPattern = /^[A-Za-z0-9_.-]+$/;

const knownOs: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const knownArchitectures: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc " +
    "riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/**
 * Reads `linux/amd64`, `arm64`, `linux/arm/v7`, `windows(10.0.17763)/amd64` … as containerd does, names normalised.
 * @throws MANIFEST_INVALID
 */
export function parsePlatform(specifier: string, host: HostPlatform = hostPlatform()): Platform {
  const parts = specifier.split("/");
  const [first = "", architecture, variant] = parts;
  if (parts.length > 3) throw refused(specifier, "it has more than three parts");
  for (const part of parts.slice(1))
    if (!componentPattern.test(part)) throw refused(specifier, `${JSON.stringify(part)} is not a name`);
  const { os, ...extra } = parseOs(specifier, first);
  if (architecture === undefined) return { ...parseWord(specifier, os, host), ...extra };
  const [name, normal] = normalizeArchitecture(architecture.toLowerCase(), variant?.toLowerCase() ?? "");
  if (variant === undefined) return { ...usual(os, name, normal), ...extra };
  const shown = name === "arm64" && normal === "" ? "v8" : normal;
  return { os, architecture: name, ...(shown && { variant: shown }), ...extra };
}

/** One word is an operating system or an architecture. */
function parseWord(specifier: string, word: string, host: HostPlatform): Platform {
  if (knownOs.has(word)) {
    const [architecture, variant] = normalizeArchitecture(
      goArchitecture(host.architecture),
      host.variant ?? "",
    );
    return usual(word, architecture, variant);
  }
  const [architecture, variant] = normalizeArchitecture(word, "");
  if (knownArchitectures.has(architecture)) return usual(normalizeOs(host.os), architecture, variant);
  throw refused(specifier, `${JSON.stringify(word)} is neither an operating system nor an architecture`);
}

/** containerd leaves out v7, the variant that `arm` alone means. */
function usual(os: string, architecture: string, variant: string): Platform {
  const isDefault = variant === "" || (architecture === "arm" && variant === "v7");
  return isDefault ? { os, architecture } : { os, architecture, variant };
}

function parseOs(specifier: string, text: string): Pick<Platform, "os" | "os.version" | "os.features"> {
  const match = osPattern.exec(text);
  if (!match) throw refused(specifier, `${JSON.stringify(text)} is not an operating system`);
  const [, name = "", options = ""] = match;
  const [version = "", ...features] = options.split("+").map((part) => decodeOption(specifier, part));
  return {
    os: normalizeOs(name),
    ...(version && { "os.version": version }),
    ...(features.length > 0 && { "os.features": features }),
  };
}

function decodeOption(specifier: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw layersError("MANIFEST_INVALID", `the platform ${JSON.stringify(specifier)} has a wrong % escape`, {
      cause,
    });
  }
}

function refused(specifier: string, problem: string): Error {
  return layersError("MANIFEST_INVALID", `${JSON.stringify(specifier)} is not a platform: ${problem}`, {
    hint: "write it like linux/amd64 or linux/arm64/v8",
  });
}

/** Go's names for what Node and uname say. */
function goArchitecture(name: string): string {
  return name === "x64" ? "amd64" : name === "ia32" ? "386" : name;
}

function normalizeOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

/** The same platform by its usual names: x86_64 is amd64, armhf is arm/v7, arm64/v8 is arm64. */
export function normalizePlatform(platform: Platform): Platform {
  const { variant: given = "", ...rest } = platform;
  const [architecture, variant] = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    given.toLowerCase(),
  );
  return { ...rest, os: normalizeOs(platform.os), architecture, ...(variant !== "" && { variant }) };
}

function normalizeArchitecture(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case "i386":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", variant === "v1" ? "" : variant];
    case "aarch64":
    case "arm64":
      return ["arm64", normalizeArm64(variant)];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      return ["arm", variant === "" ? "v7" : /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

function normalizeArm64(variant: string): string {
  if (variant === "8" || variant === "v8" || variant === "v8.0") return "";
  if (variant === "9" || variant === "9.0" || variant === "v9.0") return "v9";
  return variant;
}

/** `os/architecture` or `os/architecture/variant`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os || "unknown", architecture, variant].filter((part) => part).join("/");
}

/** As `formatPlatform`, with the version and the features of the operating system: `windows(10.0.17763+win32k)/amd64`. */
export function formatPlatformFully(platform: Platform): string {
  const features = [...(platform["os.features"] ?? [])].sort().map(encodeOption);
  const options = [encodeOption(platform["os.version"] ?? ""), ...features].join("+");
  const os = options === "" ? platform.os : `${platform.os}(${options})`;
  return formatPlatform({ ...platform, os });
}

function encodeOption(text: string): string {
  return text.replace(/[%+()/]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
