import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { errnoOf } from "./failure.ts";
import { deadLeases, removeDeadLease } from "./lease.ts";
import type { Places } from "./places.ts";

/**
 * Removes what killed processes left: trees that they began and never recorded, their temporary files, their leases.
 * With nothing left behind it costs two directory listings. Returns whether a dead lease was found.
 */
export function sweepLeftovers(places: Places, database: Database): boolean {
  let found = false;
  for (const dead of deadLeases(places)) {
    found = true;
    const isClean = dead.layers.every((id) => removeUnrecorded(places, database, id));
    // What we may not remove (trees of a user namespace, seen from outside) keeps its lease for the next sweep.
    if (isClean) removeDeadLease(places, dead);
    else dead.lock[Symbol.dispose]();
  }
  removeOrphans(places);
  return found;
}

function removeUnrecorded(places: Places, database: Database, id: string): boolean {
  const row = database.get("SELECT record FROM layers WHERE id = ?", id);
  const record = row && (JSON.parse(row["record"] as string) as { hasTree: boolean; hasIndex: boolean });
  const isTreeGone = record?.hasTree || removeIfAllowed(join(places.trees, id));
  const isIndexGone = record?.hasIndex || removeIfAllowed(join(places.trees, `${id}.index`));
  return isTreeGone && isIndexGone;
}

/** Files in tmp/ are named after the lease of their owner; without the lease there is no owner. */
function removeOrphans(places: Places): void {
  const names = readdirSync(places.temporary);
  if (names.length === 0) return;
  const owners = new Set(readdirSync(places.leases));
  for (const name of names) {
    const owner = name.slice(0, name.indexOf("."));
    if (!owners.has(owner)) removeIfAllowed(join(places.temporary, name));
  }
}

/** False where the permissions do not allow it. */
export function removeIfAllowed(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EACCES" || code === "EPERM") return false;
    throw error;
  }
}
