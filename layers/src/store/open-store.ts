import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { type Access, prepareDirectory } from "./create.ts";
import { createDatabase, type Database } from "./database.ts";
import { createDiskBlobs } from "./disk-blobs.ts";
import { ioFailure, readOnlyError, writeFailure } from "./failure.ts";
import { createImageTable } from "./image-table.ts";
import { writeIndexJson } from "./index-json.ts";
import { createLayerTable } from "./layer-table.ts";
import { createIdleLease, createLease, type FileLease } from "./lease.ts";
import { lockFile } from "./lock-file.ts";
import { createMemoTable } from "./memo-table.ts";
import { type Places, placesOf } from "./places.ts";
import { createRecordTable } from "./record-table.ts";
import type { Store } from "./store.ts";
import { removeIfAllowed, sweepLeftovers } from "./sweep.ts";

export interface OpenStoreOptions {
  /** "read-write" makes the store when it is missing, and falls back to "read-only" where nothing can be written. */
  readonly mode: Access;
  /** Milliseconds since 1970; orders the use of cache records, decides nothing else. */
  readonly now: () => number;
  /** A random lower-case hex string of that many bytes. */
  readonly randomHex: (bytes: number) => string;
}

/** Opens the store at `root`, an absolute path. @throws STORE_VERSION, STORE_MISSING, STORE_READ_ONLY, STORE_FULL */
export function openStore(root: string, { mode, now, randomHex }: OpenStoreOptions): Store {
  const places = placesOf(root);
  const readOnly = prepareDirectory(places, mode, () => randomHex(8)) === "read-only";
  const database = createDatabase(places, readOnly);
  const session = createSession(places, randomHex, readOnly);
  const saveNames = (): void => writeIndexJson(places, () => images.list(), session.temporaryPath);
  const images = createImageTable(database, saveNames);
  const records = createRecordTable(database, now);
  if (!readOnly) sweep(places, database, saveNames);
  return {
    root,
    readOnly,
    blobs: createDiskBlobs({ places, readOnly, temporaryPath: session.temporaryPath }),
    layers: createLayerTable(database, session.hold),
    records,
    images,
    memos: createMemoTable(database),
    treePath(id) {
      session.hold(id);
      return `${places.trees}/${id}`;
    },
    cacheMountsPath: () => places.cacheMounts,
    temporaryDirectory: (label) => session.temporaryDirectory(label),
    lease: async (owner) => session.lease(owner),
    async lock(name, lockMode, signal) {
      if (readOnly) return { [Symbol.dispose]() {} };
      const path = `${places.locks}/${createHash("sha256").update(name).digest("hex")}`;
      const held = await lockFile(path, lockMode, signal).catch((error: unknown) => {
        throw signal?.aborted ? signal.reason : ioFailure(error, root);
      });
      if (lockMode === "shared") return held;
      return {
        [Symbol.dispose]() {
          // Names of locks come and go with steps: their files must not pile up.
          rmSync(path, { force: true });
          held[Symbol.dispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      using closing = new DisposableStack();
      closing.defer(() => database[Symbol.dispose]());
      closing.defer(() => session.end());
      if (!readOnly) records.flush();
    },
  };
}

function sweep(places: Places, database: Database, saveNames: () => void): void {
  try {
    if (sweepLeftovers(places, database)) saveNames();
  } catch (error) {
    database[Symbol.dispose]();
    throw writeFailure(error, places.root, 0);
  }
}

/** What one opened store owns: the lease that its temporary files are named after and that holds the layers it uses. */
interface Session {
  readonly temporaryPath: (label: string) => string;
  /** Gone at the latest with the session. */
  temporaryDirectory(label: string): string;
  readonly hold: (layerId: string) => void;
  lease(owner: string): FileLease;
  end(): void;
}

function createSession(places: Places, randomHex: (bytes: number) => string, readOnly: boolean): Session {
  const begin = (owner: string): FileLease =>
    readOnly ? createIdleLease(randomHex(8)) : createLease(places, randomHex(8), owner);
  const own = begin("session");
  const given = new Set<FileLease>();
  const directories: string[] = [];
  let counter = 0;
  const temporaryPath = (label: string): string => {
    if (readOnly) throw readOnlyError(places.root);
    own.begin();
    return `${places.temporary}/${own.id}.${++counter}.${label.replace(/[^A-Za-z0-9-]/g, "_").slice(0, 40)}`;
  };
  return {
    temporaryPath,
    temporaryDirectory(label) {
      const path = makeTemporaryDirectory(places, temporaryPath(label));
      directories.push(path);
      return path;
    },
    hold: (layerId) => own.addLayer(layerId),
    lease(owner) {
      const lease = begin(owner);
      given.add(lease);
      return lease;
    },
    end() {
      using releasing = new DisposableStack();
      for (const lease of [own, ...given]) releasing.defer(() => lease.release());
      for (const path of directories) removeIfAllowed(path);
    },
  };
}

function makeTemporaryDirectory(places: Places, path: string): string {
  try {
    mkdirSync(path, { mode: 0o700 });
    return path;
  } catch (error) {
    throw writeFailure(error, places.root, 0);
  }
}
