import { layersError } from "../errors.ts";
import { readText } from "../tree/read-content.ts";
import type { TreeView } from "../tree/tree-view.ts";

/** Nobody's /etc/passwd is bigger; one that is wants our memory (CVE-2026-47262, CVE-2024-9676). */
const maxAccountBytes = 1 << 20;
/** The kernel's own limit is 2^32 - 2; what is above 2^31 - 1 wraps somewhere else (CVE-2024-40635). */
export const maxId = 0x7fffffff;

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The users of an image; none when it has no /etc/passwd that is a regular file. Lines with broken ids do not count. */
export async function readPasswd(view: TreeView): Promise<PasswdEntry[]> {
  const entries: PasswdEntry[] = [];
  for (const [name = "", , uidText = "", gidText = "", , home = ""] of await readLines(view, "/etc/passwd")) {
    const [uid, gid] = [parseId(uidText), parseId(gidText)];
    if (name !== "" && uid !== undefined && gid !== undefined) entries.push({ name, uid, gid, home });
  }
  return entries;
}

/** The groups of an image; none when it has no /etc/group that is a regular file. */
export async function readGroups(view: TreeView): Promise<GroupEntry[]> {
  const entries: GroupEntry[] = [];
  for (const [name = "", , gidText = "", members = ""] of await readLines(view, "/etc/group")) {
    const gid = parseId(gidText);
    if (name !== "" && gid !== undefined) entries.push({ name, gid, members: members.split(",") });
  }
  return entries;
}

async function readLines(view: TreeView, path: string): Promise<string[][]> {
  const text = await readText(view, path, maxAccountBytes);
  return text === undefined ? [] : text.split("\n").map((line) => line.trim().split(":"));
}

/** A number that is a user or group id; undefined for anything else. */
function parseId(text: string): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= maxId ? id : undefined;
}

/** The id that digits mean, undefined for a name. @throws USER_INVALID beyond 2^31 - 1 */
export function numericId(text: string, spec: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const id = parseId(text.replace(/^0+(?=[0-9])/, ""));
  if (id !== undefined) return id;
  throw layersError(
    "USER_INVALID",
    `the id ${text.slice(0, 40)} in ${JSON.stringify(spec.slice(0, 100))} is too large`,
    {
      hint: `ids go up to ${maxId}`,
    },
  );
}
