import { accessSync, constants, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { runnerError } from "./errors.ts";
import { allowMoreNamespaces, allowUserNamespaces, readSysctl } from "./runtimes/explain.ts";
import { defaultHelperPath } from "./runtimes/helper-binary.ts";

/** The map of the initial user namespace: every id is itself. */
const identityMap = /^\s*0\s+0\s+4294967295\s*$/;

/** Bits of CapEff in /proc/self/status (linux/capability.h). */
const capability = { setgid: 6n, setuid: 7n, sysAdmin: 21n, setfcap: 31n } as const;

/** True when this process is in a user namespace other than the machine's first. */
export function isInUserNamespace(): boolean {
  const map = readOptional("/proc/self/uid_map");
  return map !== undefined && !identityMap.test(map);
}

/** True when this process may not mount, so that anything which touches trees has to enter a user namespace first. */
export function needsUserNamespace(): boolean {
  return !hasCapabilities(capability.sysAdmin);
}

/** How many ids this process can give to files: "single" means that every owner becomes 0:0. */
export function ownershipKind(): "range" | "single" {
  const ids = parseMap(readOptional("/proc/self/uid_map") ?? "").reduce((sum, { size }) => sum + size, 0);
  return ids === 1 ? "single" : "range";
}

/** The user namespace that this user can have. */
export interface UserNamespacePlan {
  /** "range": files keep their owners. "single": all of them belong to 0:0, and `reason` says why. */
  readonly kind: "range" | "single";
  /** Who writes the maps: the set-uid programs of the uidmap package, or the helper itself; "none": there is no need to. */
  readonly mapper: "newuidmap" | "direct" | "single" | "none";
  /** Lines of "inside outside count". */
  readonly uidMap: string;
  readonly gidMap: string;
  readonly reason?: { readonly sentence: string; readonly hint: string };
}

/** Finds the best map. @throws USER_NAMESPACE_FAILED where the machine allows no user namespaces. */
export function planUserNamespace(): UserNamespacePlan {
  if (!needsUserNamespace()) return { kind: ownershipKind(), mapper: "none", uidMap: "", gidMap: "" };
  refuseIfSwitchedOff();
  if (hasCapabilities(capability.setuid, capability.setgid, capability.setfcap)) return planOwnIds();
  const { uid, gid, name } = currentUser();
  const users = readRanges("/etc/subuid", name, uid);
  const groups = readRanges("/etc/subgid", name, uid);
  const reason = whyNoRange(name, users, groups);
  if (reason) return { kind: "single", mapper: "single", uidMap: `0 ${uid} 1`, gidMap: `0 ${gid} 1`, reason };
  return { kind: "range", mapper: "newuidmap", uidMap: mapWith(uid, users), gidMap: mapWith(gid, groups) };
}

export interface EnterOptions {
  readonly plan: UserNamespacePlan;
  /** The command and its arguments; the command is looked up in PATH. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly helperPath?: string;
}

/**
 * Replaces this process by a command that runs as root of a new user namespace (where one is needed) and a mount namespace: same pid, same terminal, so that
 * signals and the exit status need no passing on. It returns only by throwing.
 * @throws HELPER_MISSING
 */
export function enterUserNamespace({
  plan,
  argv,
  env,
  helperPath = defaultHelperPath(),
}: EnterOptions): never {
  try {
    accessSync(helperPath, constants.X_OK);
  } catch (cause) {
    throw runnerError("HELPER_MISSING", `the helper that makes user namespaces is not at ${helperPath}`, {
      cause,
      hint: "compile it with: npm run prepare (it needs gcc or musl-gcc)",
    });
  }
  const replace = process.execve?.bind(process);
  if (!replace)
    throw runnerError("USER_NAMESPACE_FAILED", "this Node cannot replace its process", {
      hint: "use Node 24.3 or newer",
    });
  return replace(helperPath, ["tsbuild-helper", "unshare", plan.mapper, plan.uidMap, plan.gidMap, ...argv], {
    ...env,
  });
}

function refuseIfSwitchedOff(): void {
  const limit = readSysctl("user/max_user_namespaces") === "0";
  const debian = readSysctl("kernel/unprivileged_userns_clone") === "0";
  if (!limit && !debian) return;
  throw runnerError("USER_NAMESPACE_FAILED", "this machine does not let users make user namespaces", {
    hint: limit ? allowMoreNamespaces : allowUserNamespaces,
  });
}

/** Root without the right to mount, in another container: every id that is there can be passed on. */
function planOwnIds(): UserNamespacePlan {
  return { kind: "range", mapper: "direct", uidMap: ownMap("uid_map"), gidMap: ownMap("gid_map") };
}

function ownMap(file: "uid_map" | "gid_map"): string {
  const lines = parseMap(readFileSync(`/proc/self/${file}`, "utf8"));
  // Id 0 gets a line of its own: in one piece the map of all ids would look like that of the initial namespace.
  return lines
    .flatMap(({ inside, size }) =>
      inside === 0 ? [`0 0 1`, `1 1 ${size - 1}`] : [`${inside} ${inside} ${size}`],
    )
    .join("\n");
}

interface MapLine {
  readonly inside: number;
  readonly size: number;
}

function parseMap(text: string): MapLine[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [inside = 0, , size = 0] = line.trim().split(/\s+/).map(Number);
      return { inside, size };
    });
}

interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** subuid(5): name or uid, first id, count. */
function readRanges(path: string, name: string | undefined, uid: number): IdRange[] {
  return (readOptional(path) ?? "").split("\n").flatMap((line) => {
    const [owner = "", start = "", count = ""] = line.split(":");
    const isOurs = owner === name || owner === String(uid);
    return isOurs && /^\d+$/.test(start) && Number(count) > 0
      ? [{ start: Number(start), count: Number(count) }]
      : [];
  });
}

/** The user is root inside; the range follows from 1 on. */
function mapWith(id: number, ranges: readonly IdRange[]): string {
  let next = 1;
  const lines = ranges.map(({ start, count }) => {
    const line = `${next} ${start} ${count}`;
    next += count;
    return line;
  });
  return [`0 ${id} 1`, ...lines].join("\n");
}

function whyNoRange(
  name: string | undefined,
  users: readonly IdRange[],
  groups: readonly IdRange[],
): UserNamespacePlan["reason"] | undefined {
  if (!isInPath("newuidmap") || !isInPath("newgidmap"))
    return { sentence: "newuidmap is not installed", hint: "on Debian: apt-get install uidmap" };
  if (users.length > 0 && groups.length > 0) return undefined;
  const who = name ?? "this user";
  const file = users.length === 0 ? "/etc/subuid" : "/etc/subgid";
  return {
    sentence: `${who} has no range of ids in ${file}`,
    hint: `as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name ?? "USER"}`,
  };
}

/** Where distributions install the set-uid mappers. */
const programDirectories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/run/wrappers/bin"];

function isInPath(program: string): boolean {
  return programDirectories.some((directory) => {
    try {
      accessSync(`${directory}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false; // not there
    }
  });
}

function currentUser(): { uid: number; gid: number; name: string | undefined } {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  try {
    return { uid, gid, name: userInfo().username };
  } catch {
    return { uid, gid, name: undefined }; // no entry in /etc/passwd
  }
}

function hasCapabilities(...wanted: readonly bigint[]): boolean {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readOptional("/proc/self/status") ?? "")?.[1] ?? "0";
  const effective = BigInt(`0x${digits}`);
  return wanted.every((bit) => ((effective >> bit) & 1n) === 1n);
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // an old kernel, or a /proc that hides it
  }
}
