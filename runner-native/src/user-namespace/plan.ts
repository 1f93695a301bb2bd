import { runnerError } from "../errors.ts";
import { allowMoreNamespaces, allowUserNamespaces } from "../runtimes/explain.ts";
import { capability, hasCapabilities, parseIdMap } from "./detect.ts";
import { readUserFacts, type UserFacts } from "./facts.ts";

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

/**
 * Finds the best map for this process.
 * @throws USER_NAMESPACE_FAILED where the machine allows no user namespaces.
 */
export function planUserNamespace(facts: UserFacts = readUserFacts()): UserNamespacePlan {
  const { uid, gid, capabilities } = facts;
  if (hasCapabilities(capabilities, capability.sysAdmin)) return withoutNeed(facts);
  refuseIfSwitchedOff(facts);
  if (hasCapabilities(capabilities, capability.setuid, capability.setgid, capability.setfcap))
    return passOwnIdsOn(facts);
  const users = rangesOf(facts.subuid, facts);
  const groups = rangesOf(facts.subgid, facts);
  const reason = whyNoRange(facts, users, groups);
  if (reason) return { kind: "single", mapper: "single", uidMap: `0 ${uid} 1`, gidMap: `0 ${gid} 1`, reason };
  return { kind: "range", mapper: "newuidmap", uidMap: mapWith(uid, users), gidMap: mapWith(gid, groups) };
}

function withoutNeed({ uidMap }: UserFacts): UserNamespacePlan {
  const ids = parseIdMap(uidMap).reduce((sum, { size }) => sum + size, 0);
  return { kind: ids === 1 ? "single" : "range", mapper: "none", uidMap: "", gidMap: "" };
}

function refuseIfSwitchedOff({ maxUserNamespaces, unprivilegedClone }: UserFacts): void {
  const limit = maxUserNamespaces === "0";
  if (!limit && unprivilegedClone !== "0") return;
  throw runnerError("USER_NAMESPACE_FAILED", "this machine does not let users make user namespaces", {
    hint: limit ? allowMoreNamespaces : allowUserNamespaces,
  });
}

/** Root without the right to mount, in another container: every id that is there can be passed on. */
function passOwnIdsOn({ uidMap, gidMap }: UserFacts): UserNamespacePlan {
  return { kind: "range", mapper: "direct", uidMap: sameIds(uidMap), gidMap: sameIds(gidMap) };
}

/** Id 0 gets a line of its own: in one piece, the map of all ids would look like that of the initial namespace. */
function sameIds(map: string): string {
  return parseIdMap(map)
    .flatMap(({ inside, size }) =>
      inside === 0 && size > 1 ? ["0 0 1", `1 1 ${size - 1}`] : [`${inside} ${inside} ${size}`],
    )
    .join("\n");
}

interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** subuid(5): name or uid, first id, count. */
function rangesOf(file: string, { name, uid }: UserFacts): IdRange[] {
  return file.split("\n").flatMap((line) => {
    const [owner = "", start = "", count = ""] = line.trim().split(":");
    const isOurs = owner === name || owner === String(uid);
    return isOurs && /^\d+$/.test(start) && Number(count) > 0
      ? [{ start: Number(start), count: Number(count) }]
      : [];
  });
}

/** The user is root inside; the ranges follow from 1 on. */
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
  { name, hasMappers }: UserFacts,
  users: readonly IdRange[],
  groups: readonly IdRange[],
): UserNamespacePlan["reason"] | undefined {
  if (!hasMappers)
    return { sentence: "newuidmap is not installed", hint: "on Debian: apt-get install uidmap" };
  if (users.length > 0 && groups.length > 0) return undefined;
  const file = users.length === 0 ? "/etc/subuid" : "/etc/subgid";
  return {
    sentence: `${name ?? "this user"} has no range of ids in ${file}`,
    hint: `as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name ?? "USER"}`,
  };
}
