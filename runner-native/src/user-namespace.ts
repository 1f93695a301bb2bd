import { readFileSync } from "node:fs";

/** The map of the initial user namespace: every id is itself. */
const identityMap = /^\s*0\s+0\s+4294967295\s*$/;

/** True when this process is in a user namespace other than the machine's first. */
export function isInUserNamespace(): boolean {
  try {
    return !identityMap.test(readFileSync("/proc/self/uid_map", "utf8"));
  } catch {
    return false; // a kernel without user namespaces
  }
}
