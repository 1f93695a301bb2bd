import { lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { createHash } from "node:crypto";
import type { Digest } from "../digest.ts";
import { createDatabase, type Database } from "./database.ts";
import { diskUsage } from "./disk-usage.ts";
import { ioFailure, readOnlyError, writeFailure } from "./failure.ts";
import { gcLockPath, liveHolds } from "./lease.ts";
import { lockFileBlocking, tryLockExisting, tryLockFile } from "./lock-file.ts";
import { blobPath, type Places, placesOf } from "./places.ts";
import { type Reachable, readInventory, reachableFrom, type Inventory } from "./reachable.ts";
import type { Store } from "./store.ts";

export interface PruneOptions {
  /** Also the cache records whose layers an image uses, and cache mounts that nobody is using. */
  readonly all?: boolean;
  /** Only cache records that were last used before this moment, in milliseconds since 1970. */
  readonly until?: number;
  /** Removes the least recently used cache records only until the store is not bigger than this. */
  readonly keepBytes?: number;
  /** Keeps every cache record: only what nothing refers to goes. */
  readonly records?: "keep" | "remove";
}

/** What a prune removes. */
export interface PrunePlan {
  /** Keys of cache records. */
  readonly records: readonly string[];
  readonly layers: readonly { readonly id: string; readonly bytes: number }[];
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Damaged blobs, abandoned downloads, trees without a record, cache mounts. */
  readonly leftovers: readonly { readonly path: string; readonly bytes: number }[];
  /** All of it. */
  readonly bytes: number;
}

/** What `prune` would remove now. */
export function planPrune(store: Store, options: PruneOptions = {}): PrunePlan {
  const places = placesOf(store.root);
  try {
    using database = createDatabase(places, store.readOnly);
    if (store.readOnly) return makePlan(places, database, options);
    using _ = lockFileBlocking(gcLockPath(places), "exclusive");
    return makePlan(places, database, options);
  } catch (error) {
    throw ioFailure(error, store.root);
  }
}

/**
 * Removes cache records, and every layer, tree and blob that no image, no kept record and no live lease refers to. Safe while
 * builds run: what they use is held by their leases, and nothing can be added to a lease while this decides and unlinks.
 * Big trees are moved aside under the lock and removed after it.
 */
export function prune(store: Store, options: PruneOptions = {}): PrunePlan {
  if (store.readOnly) throw readOnlyError(store.root);
  const places = placesOf(store.root);
  try {
    const trash = store.temporaryDirectory("prune");
    const plan = decideAndUnlink(places, trash, options);
    rmSync(trash, { recursive: true, force: true });
    return plan;
  } catch (error) {
    throw writeFailure(error, store.root, 0);
  }
}

function decideAndUnlink(places: Places, trash: string, options: PruneOptions): PrunePlan {
  using database = createDatabase(places, false);
  using _ = lockFileBlocking(gcLockPath(places), "exclusive");
  const plan = makePlan(places, database, options);
  const trees = plan.layers.flatMap(({ id }) => [join(places.trees, id), join(places.trees, `${id}.index`)]);
  for (const path of [...trees, ...plan.leftovers.map((leftover) => leftover.path)]) moveAside(path, trash);
  // On the disk before any blob goes: a removal that a power cut undid would name blobs that are gone.
  const forget = (): void => {
    for (const key of plan.records) database.run("DELETE FROM records WHERE key = ?", key);
    for (const { id } of plan.layers) database.run("DELETE FROM layers WHERE id = ?", id);
    database.run(
      "DELETE FROM compressed WHERE diff_id NOT IN (SELECT diff_id FROM layers WHERE diff_id IS NOT NULL)",
    );
  };
  database.durably(() => database.transaction(forget));
  for (const { digest } of plan.blobs) rmSync(blobPath(places, digest), { force: true });
  removeIdleLocks(places);
  return plan;
}

/** Lock files of names that nobody locks; who waits for one meanwhile finds it gone and makes it anew. */
function removeIdleLocks(places: Places): void {
  for (const name of readdirSync(places.locks)) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const path = join(places.locks, name);
    using lock = tryLockExisting(path, "exclusive");
    if (lock) rmSync(path);
  }
}

function moveAside(path: string, trash: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  const aside = join(
    trash,
    `${createHash("sha256").update(path).digest("hex").slice(0, 16)}-${basename(path)}`,
  );
  renameSync(path, aside);
}

function makePlan(places: Places, database: Database, options: PruneOptions): PrunePlan {
  // Leases first: whatever is in none of them any more has reached the tables by now.
  const holds = liveHolds(places);
  const inventory = readInventory(places, database);
  const isUsed = reachableFrom(inventory, holds, []);
  const candidates = candidateRecords(inventory, isUsed, options);
  const sizes = createSizes(places, inventory);
  const dropped =
    options.keepBytes === undefined
      ? candidates
      : leastRecent(candidates, (count) => {
          const kept = keptRecords(inventory, candidates.slice(0, count));
          return sizes.total(reachableFrom(inventory, holds, kept)) <= (options.keepBytes ?? 0);
        });
  const reachable = reachableFrom(inventory, holds, keptRecords(inventory, dropped));
  const layers = [...inventory.layers.keys()]
    .filter((id) => !reachable.layers.has(id))
    .map((id) => ({ id, bytes: sizes.layer(id) }));
  const blobs = inventory.blobs.filter(({ digest }) => !reachable.blobs.has(digest));
  const leftovers = findLeftovers(places, inventory, { ...options, held: holds.layers });
  const bytes =
    layers.reduce((sum, layer) => sum + layer.bytes, 0) +
    blobs.reduce((sum, blob) => sum + blob.size, 0) +
    leftovers.reduce((sum, leftover) => sum + leftover.bytes, 0);
  return { records: dropped, layers, blobs, leftovers, bytes };
}

/** Keys of records that may go, least recently used first. */
function candidateRecords(inventory: Inventory, isUsed: Reachable, options: PruneOptions): string[] {
  if (options.records === "keep") return [];
  const { all = false, until = Number.POSITIVE_INFINITY } = options;
  return inventory.records
    .filter(({ usedMs }) => usedMs < until)
    .filter(({ layers }) => all || layers.length === 0 || layers.some((id) => !isUsed.layers.has(id)))
    .map(({ key }) => key);
}

function keptRecords(inventory: Inventory, dropped: readonly string[]): string[] {
  const gone = new Set(dropped);
  return inventory.records.map(({ key }) => key).filter((key) => !gone.has(key));
}

/** The shortest beginning of the list that is enough; all of it when nothing is. */
function leastRecent(candidates: readonly string[], isEnough: (count: number) => boolean): readonly string[] {
  let [low, high] = [0, candidates.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return candidates.slice(0, low);
}

interface Sizes {
  layer(id: string): number;
  total(reachable: Reachable): number;
}

/** Walking a tree costs 2 µs a file, so each is measured once. */
function createSizes(places: Places, inventory: Inventory): Sizes {
  const known = new Map<string, number>();
  const layer = (id: string): number => {
    const bytes =
      known.get(id) ?? diskUsage(join(places.trees, id)) + diskUsage(join(places.trees, `${id}.index`));
    known.set(id, bytes);
    return bytes;
  };
  return {
    layer,
    total({ layers, blobs }) {
      let sum = 0;
      for (const id of layers) if (inventory.layers.has(id)) sum += layer(id);
      for (const { digest, size } of inventory.blobs) if (blobs.has(digest)) sum += size;
      return sum;
    },
  };
}

function findLeftovers(
  places: Places,
  inventory: Inventory,
  { all = false, until, keepBytes, held }: PruneOptions & { readonly held: ReadonlySet<string> },
): { readonly path: string; readonly bytes: number }[] {
  const paths = [
    ...childrenOf(places.quarantine),
    ...childrenOf(places.partial).filter(isAbandoned),
    ...childrenOf(places.trees).filter((path) => isUnknownTree(path, inventory, held)),
    ...(all && until === undefined && keepBytes === undefined
      ? childrenOf(places.cacheMounts).filter((path) => isIdleCacheMount(places, path))
      : []),
  ];
  return paths.map((path) => ({ path, bytes: diskUsage(path) }));
}

function childrenOf(directory: string): string[] {
  return readdirSync(directory).map((name) => join(directory, name));
}

/** A download that nobody is writing. */
function isAbandoned(path: string): boolean {
  using lock = tryLockExisting(path, "exclusive");
  return lock !== undefined;
}

function isUnknownTree(path: string, inventory: Inventory, held: ReadonlySet<string>): boolean {
  const [id = ""] = basename(path).split(".");
  return !inventory.layers.has(id) && !held.has(id);
}

/** Whoever mounts a cache mount holds `cacheMountLock` of its name. */
function isIdleCacheMount(places: Places, path: string): boolean {
  const hashed = createHash("sha256")
    .update(cacheMountLock(basename(path)))
    .digest("hex");
  using lock = tryLockFile(join(places.locks, hashed), "exclusive");
  return lock !== undefined;
}

/** The name to give `store.lock` while a directory of `store.cacheMountsPath()` is mounted. */
export function cacheMountLock(directoryName: string): string {
  return `cache-mount ${directoryName}`;
}
