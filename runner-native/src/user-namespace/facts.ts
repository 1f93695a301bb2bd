import { accessSync, constants } from "node:fs";
import { userInfo } from "node:os";
import { readSysctl } from "../runtimes/explain.ts";
import { effectiveCapabilities, readOptional } from "./detect.ts";

/** Everything that decides which user namespace a process can have. */
export interface UserFacts {
  readonly uid: number;
  readonly gid: number;
  /** Undefined for a uid without an entry in /etc/passwd. */
  readonly name: string | undefined;
  readonly capabilities: bigint;
  /** The contents of /proc/self/uid_map and gid_map. */
  readonly uidMap: string;
  readonly gidMap: string;
  /** The contents of /etc/subuid and /etc/subgid. */
  readonly subuid: string;
  readonly subgid: string;
  /** Whether newuidmap and newgidmap are installed. */
  readonly hasMappers: boolean;
  /** Switches of the kernel; undefined where it has none of that name. */
  readonly maxUserNamespaces: string | undefined;
  readonly unprivilegedClone: string | undefined;
}

export function readUserFacts(): UserFacts {
  return {
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    name: userName(),
    capabilities: effectiveCapabilities(),
    uidMap: readOptional("/proc/self/uid_map") ?? "",
    gidMap: readOptional("/proc/self/gid_map") ?? "",
    subuid: readOptional("/etc/subuid") ?? "",
    subgid: readOptional("/etc/subgid") ?? "",
    hasMappers: isInstalled("newuidmap") && isInstalled("newgidmap"),
    maxUserNamespaces: readSysctl("user/max_user_namespaces"),
    unprivilegedClone: readSysctl("kernel/unprivileged_userns_clone"),
  };
}

/** Where distributions install the set-uid mappers. */
const programDirectories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/run/wrappers/bin"];

function isInstalled(program: string): boolean {
  return programDirectories.some((directory) => {
    try {
      accessSync(`${directory}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false; // not there
    }
  });
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // no entry in /etc/passwd
  }
}
