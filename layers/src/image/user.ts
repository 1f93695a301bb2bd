import type { OciUser } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { TreeView } from "../tree/tree-view.ts";
import { numericId, readGroups, readPasswd } from "./account-file.ts";

/** Who a process runs as. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, in the order of /etc/group. */
  readonly groups: readonly number[];
  /** From /etc/passwd; "/" for who is not in it. */
  readonly home: string;
}

/**
 * Resolves `user`, `user:group` by names or ids as a container runtime does, in the files of the image itself: an id needs no
 * entry (its group is then 0), a group that is named drops the supplementary ones, the first matching line counts.
 * "" is root.
 * @throws USER_UNKNOWN, USER_INVALID, BLOB_TOO_LARGE
 */
export async function resolveUser(view: TreeView, spec: string): Promise<ResolvedUser> {
  const [userName, groupName] = splitSpec(spec);
  const wantedUid = userName === "" ? 0 : numericId(userName, spec);
  const passwd = await readPasswd(view);
  const account = passwd.find(({ name, uid }) =>
    wantedUid === undefined ? name === userName : uid === wantedUid,
  );
  if (!account && wantedUid === undefined) throw unknown("user", userName, "/etc/passwd");
  const uid = account?.uid ?? wantedUid ?? 0;
  const home = account?.home || "/";
  if (groupName !== "") return { uid, gid: await resolveGroup(view, groupName, spec), groups: [], home };
  const groups = account ? await groupsOf(view, account.name) : [];
  return { uid, gid: account?.gid ?? 0, groups, home };
}

/**
 * The `user` of a runtime spec. As docker does it since CVE-2022-36109, the own group is a supplementary one too: dropping it
 * must not open files that are closed to the group. Root in its own group needs no such care, and where only one id is mapped
 * nobody may set groups.
 */
export function ociUser({ uid, gid, groups }: ResolvedUser): OciUser {
  const others = groups.filter((group) => group !== gid);
  const isPlainRoot = uid === 0 && gid === 0 && others.length === 0;
  return isPlainRoot ? { uid, gid } : { uid, gid, additionalGids: [gid, ...others] };
}

/** At the first colon; `user:` is `user`. */
export function splitSpec(spec: string): readonly [string, string] {
  const colon = spec.indexOf(":");
  return colon < 0 ? [spec, ""] : [spec.slice(0, colon), spec.slice(colon + 1)];
}

async function resolveGroup(view: TreeView, groupName: string, spec: string): Promise<number> {
  const wanted = numericId(groupName, spec);
  if (wanted !== undefined) return wanted;
  const group = (await readGroups(view)).find(({ name }) => name === groupName);
  if (!group) throw unknown("group", groupName, "/etc/group");
  return group.gid;
}

async function groupsOf(view: TreeView, userName: string): Promise<number[]> {
  return (await readGroups(view)).filter(({ members }) => members.includes(userName)).map(({ gid }) => gid);
}

function unknown(what: "user" | "group", name: string, file: string): Error {
  return layersError(
    "USER_UNKNOWN",
    `the ${what} ${JSON.stringify(name.slice(0, 100))} is not in ${file} of the image`,
    {
      hint: `create it in an earlier RUN, or use a numeric id`,
    },
  );
}
