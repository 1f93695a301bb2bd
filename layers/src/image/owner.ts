import type { TreeView } from "../tree/tree-view.ts";
import { numericId, readGroups, readPasswd } from "./account-file.ts";
import { splitSpec } from "./user.ts";

/** Who files belong to. */
export interface ResolvedOwner {
  readonly uid: number;
  readonly gid: number;
  /** Names that the image does not know: BuildKit takes 0, or the user's own group, without a word. Worth a warning. */
  readonly unknown: readonly string[];
}

/**
 * Resolves `--chown=user:group`, and the owner of a directory that WORKDIR makes, as BuildKit does (measured): a numeric user
 * without a group gets the group of the same number, a named one the group of /etc/passwd; an unknown user is 0:0, an unknown
 * group leaves the user's.
 * @throws USER_INVALID, BLOB_TOO_LARGE
 */
export async function resolveOwner(view: TreeView, spec: string): Promise<ResolvedOwner> {
  const [userName, groupName] = splitSpec(spec);
  const unknown: string[] = [];
  const { uid, gid } = await userPart(view, { name: userName, spec, unknown });
  const group = await groupPart(view, { name: groupName, spec, unknown });
  return { uid, gid: group ?? gid, unknown };
}

interface Part {
  readonly name: string;
  readonly spec: string;
  readonly unknown: string[];
}

async function userPart(view: TreeView, part: Part): Promise<{ readonly uid: number; readonly gid: number }> {
  const id = part.name === "" ? 0 : numericId(part.name, part.spec);
  if (id !== undefined) return { uid: id, gid: id };
  const account = (await readPasswd(view)).find(({ name }) => name === part.name);
  if (!account) part.unknown.push(part.name);
  return account ?? { uid: 0, gid: 0 };
}

async function groupPart(view: TreeView, part: Part): Promise<number | undefined> {
  if (part.name === "") return undefined;
  const id = numericId(part.name, part.spec);
  if (id !== undefined) return id;
  const group = (await readGroups(view)).find(({ name }) => name === part.name);
  if (!group) part.unknown.push(part.name);
  return group?.gid;
}
