import { readdirSync, readFileSync, unlinkSync } from "node:fs";
import { type Digest, isDigest } from "../digest.ts";
import type { Lease } from "./blob-store.ts";
import { writeFully } from "./durable.ts";
import { isMissing, writeFailure } from "./failure.ts";
import { type HeldLock, lockFileBlocking, tryLockExisting } from "./lock-file.ts";
import type { Places } from "./places.ts";

/**
 * A lease is a locked file that lists, line by line, what its owner works with: `sha256:…` for a blob, `layer …` for a layer.
 * Whether it lives is whether it is locked; no clock and no process id is asked. The file appears with the first line.
 */
export interface FileLease extends Lease {
  addLayer(id: string): void;
  /** Makes the file exist, so that temporary files named after the lease belong to someone alive. */
  begin(): void;
  release(): void;
}

/** What the live leases hold. */
export interface Holds {
  readonly blobs: ReadonlySet<Digest>;
  readonly layers: ReadonlySet<string>;
}

export interface DeadLease {
  readonly id: string;
  readonly lock: HeldLock;
  readonly layers: readonly string[];
}

/** Held while something is added to a lease, and by a prune while it decides and removes. */
export function gcLockPath(places: Places): string {
  return `${places.locks}/gc`;
}

export function createLease(places: Places, id: string, owner: string): FileLease {
  const path = `${places.leases}/${id}`;
  const added = new Set<string>();
  let lock: HeldLock | undefined;
  let released = false;
  const begin = (): HeldLock => (lock ??= guarded(places, () => beginLease(path, owner)));
  const add = (line: string): void => {
    if (released || added.has(line)) return;
    const { fd } = begin();
    guarded(places, () => {
      using _ = lockFileBlocking(gcLockPath(places), "shared");
      writeFully(fd, Buffer.from(`${line}\n`));
    });
    added.add(line);
  };
  const release = (): void => {
    released = true;
    if (lock) unlinkSync(path);
    lock?.[Symbol.dispose]();
    lock = undefined;
  };
  return {
    id,
    add,
    addLayer: (layer) => add(`layer ${layer}`),
    begin: () => void begin(),
    release,
    [Symbol.asyncDispose]: async () => release(),
  };
}

/** The owner's name is for people who look into the directory. */
function beginLease(path: string, owner: string): HeldLock {
  const lock = lockFileBlocking(path, "exclusive");
  writeFully(lock.fd, Buffer.from(`owner ${JSON.stringify(owner.slice(0, 200))}\n`));
  return lock;
}

/** In a store that cannot be written nothing is collected either. */
export function createIdleLease(id: string): FileLease {
  return {
    id,
    add() {},
    addLayer() {},
    begin() {},
    release() {},
    async [Symbol.asyncDispose]() {},
  };
}

function guarded<Result>(places: Places, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw writeFailure(error, places.root, 0);
  }
}

/** What live leases hold; to be read under the exclusive gc lock, which keeps them from adding more. */
export function liveHolds(places: Places): Holds {
  const blobs = new Set<Digest>();
  const layers = new Set<string>();
  for (const id of readdirSync(places.leases)) {
    const path = `${places.leases}/${id}`;
    if (isFree(path)) continue;
    for (const line of readLines(path)) {
      if (line.startsWith("layer ")) layers.add(line.slice("layer ".length));
      else if (isDigest(line)) blobs.add(line);
    }
  }
  return { blobs, layers };
}

/** Leases whose owner is gone, each locked by us until its leftovers are swept. */
export function* deadLeases(places: Places): Iterable<DeadLease> {
  for (const id of readdirSync(places.leases)) {
    const path = `${places.leases}/${id}`;
    const lock = tryLockExisting(path, "exclusive");
    if (!lock) continue;
    const layers = readLines(path)
      .filter((line) => line.startsWith("layer "))
      .map((line) => line.slice("layer ".length));
    yield { id, lock, layers };
  }
}

export function removeDeadLease(places: Places, dead: DeadLease): void {
  unlinkSync(`${places.leases}/${dead.id}`);
  dead.lock[Symbol.dispose]();
}

function isFree(path: string): boolean {
  using lock = tryLockExisting(path, "shared");
  return lock !== undefined;
}

/** Whole lines only: the last one may have been cut by a kill. Empty when the lease has just been given back. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
