import { readFileSync } from "node:fs";

/** The map of the initial user namespace: every id is itself. */
const identityMap = /^\s*0\s+0\s+4294967295\s*$/;

/** Bits of CapEff in /proc/self/status (linux/capability.h). */
export const capability = { setgid: 6n, setuid: 7n, sysAdmin: 21n, setfcap: 31n } as const;

/** True when this process is in a user namespace other than the machine's first. */
export function isInUserNamespace(): boolean {
  isInside ??= askMap();
  return isInside;
}

/** A process with threads, as Node is, cannot change its user namespace. */
let isInside: boolean | undefined;

function askMap(): boolean {
  const map = readOptional("/proc/self/uid_map");
  return map !== undefined && !identityMap.test(map);
}

/** True when this process may not mount, so that anything which touches trees has to enter a user namespace first. */
export function needsUserNamespace(): boolean {
  return !hasCapabilities(effectiveCapabilities(), capability.sysAdmin);
}

/** How many ids this process can give to files: "single" means that every owner becomes 0:0. */
export function ownershipKind(): "range" | "single" {
  const ids = parseIdMap(readOptional("/proc/self/uid_map") ?? "").reduce((sum, { size }) => sum + size, 0);
  return ids === 1 ? "single" : "range";
}

export function hasCapabilities(effective: bigint, ...wanted: readonly bigint[]): boolean {
  return wanted.every((bit) => ((effective >> bit) & 1n) === 1n);
}

export function effectiveCapabilities(): bigint {
  const status = readOptional("/proc/self/status") ?? "";
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
}

/** A line of /proc/PID/uid_map: `size` ids from `inside` on. */
export interface IdMapLine {
  readonly inside: number;
  readonly size: number;
}

export function parseIdMap(text: string): IdMapLine[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [inside = 0, , size = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, size };
  });
}

export function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // an old kernel, or a /proc that hides it
  }
}
