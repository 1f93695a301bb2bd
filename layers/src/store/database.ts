import type * as sqliteModule from "node:sqlite";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { TsbuildError } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { fullError, ioFailure, isNearlyFull, readOnlyError } from "./failure.ts";
import { readIndexJson } from "./index-json.ts";
import { lockFileBlocking } from "./lock-file.ts";
import type { Places } from "./places.ts";

/** How long one process waits for another's transaction; each is a few milliseconds. */
const busyTimeoutMs = 20_000;

/** In WAL mode: consistent after a power cut, but not synced at each commit (https://sqlite.org/pragma.html#pragma_synchronous). */
const usualDurability = "PRAGMA synchronous = NORMAL";

const schema = `
CREATE TABLE IF NOT EXISTS layers (
  id TEXT PRIMARY KEY, parent TEXT, diff_id TEXT, record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS layers_by_content ON layers (diff_id);
CREATE TABLE IF NOT EXISTS compressed (
  diff_id TEXT NOT NULL, form TEXT NOT NULL, blob TEXT NOT NULL, PRIMARY KEY (diff_id, form)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
  key TEXT PRIMARY KEY, json TEXT NOT NULL, layers TEXT NOT NULL, used_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS images (name TEXT PRIMARY KEY, id TEXT NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
`;

/** Name, ID, and the ImageRecord as JSON. */
export const insertImage = "INSERT OR REPLACE INTO images (name, id, record) VALUES (?, ?, ?)";

export type Row = Record<string, SQLInputValue>;

/** The index of a store: index.db, opened at the first question, each statement prepared at its first use. */
export interface Database extends Disposable {
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  /** Returns the number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** All or nothing; other processes wait meanwhile. */
  transaction<Result>(act: () => Result): Result;
  /**
   * What is committed meanwhile survives a power cut, with everything before it; of the rest the last moments may be lost, until
   * the last process closes the index. Costs an fsync a commit.
   */
  durably<Result>(act: () => Result): Result;
}

export function createDatabase(places: Places, readOnly: boolean): Database {
  let opened: DatabaseSync | undefined;
  const statements = new Map<string, StatementSync>();
  const connection = (): DatabaseSync =>
    (opened ??= readOnly ? openReadOnly(places) : openForWriting(places));
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection().prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const guarded = <Result>(act: () => Result): Result => {
    try {
      return act();
    } catch (error) {
      throw databaseFailure(error, places);
    }
  };
  const run = (sql: string, values: readonly SQLInputValue[]): number => {
    if (readOnly) throw readOnlyError(places.root);
    return guarded(() => Number(prepared(sql).run(...values).changes));
  };
  return {
    get: (sql, ...values) => guarded(() => prepared(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => guarded(() => prepared(sql).all(...values) as Row[]),
    run: (sql, ...values) => run(sql, values),
    transaction(act) {
      run("BEGIN IMMEDIATE", []);
      try {
        const result = act();
        run("COMMIT", []);
        return result;
      } catch (error) {
        if (opened?.isTransaction) opened.exec("ROLLBACK");
        throw error;
      }
    },
    durably(act) {
      if (readOnly) return act();
      guarded(() => connection().exec("PRAGMA synchronous = FULL"));
      try {
        return act();
      } finally {
        connection().exec(usualDurability);
      }
    },
    [Symbol.dispose]() {
      opened?.close();
      opened = undefined;
      statements.clear();
    },
  };
}

function sqlite(): typeof sqliteModule {
  return process.getBuiltinModule("node:sqlite");
}

function openForWriting(places: Places): DatabaseSync {
  const database = new (sqlite().DatabaseSync)(places.database, { timeout: busyTimeoutMs });
  try {
    database.exec(usualDurability);
    if (versionOf(database) === 0) createTables(database, places);
    refuseOtherVersion(versionOf(database), places);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * One process at a time: SQLite does not wait when two change the journal mode. When index.db was lost, the names of images
 * come back from index.json.
 */
function createTables(database: DatabaseSync, places: Places): void {
  using _ = lockFileBlocking(`${places.locks}/index-db`, "exclusive");
  if (versionOf(database) !== 0) return;
  database.exec(`PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; ${schema}`);
  for (const image of readIndexJson(places))
    database.prepare(insertImage).run(image.name, image.id, JSON.stringify(image));
  database.exec("COMMIT");
}

function versionOf(database: DatabaseSync): number {
  const row = database.prepare("PRAGMA user_version").get() as { readonly user_version: number };
  return row.user_version;
}

/** Without a database (or on a read-only file system, where WAL cannot make its shared memory) reads still work. */
function openReadOnly(places: Places): DatabaseSync {
  const { DatabaseSync: Sqlite } = sqlite();
  const immutable = pathToFileURL(places.database);
  immutable.searchParams.set("immutable", "1");
  for (const location of [places.database, immutable]) {
    let database: DatabaseSync | undefined;
    try {
      database = new Sqlite(location, { readOnly: true, timeout: busyTimeoutMs });
      const version = versionOf(database);
      if (version !== 0) {
        refuseOtherVersion(version, places);
        return database;
      }
      database.close();
    } catch (error) {
      database?.close();
      if (!isCannotOpen(error)) throw error;
    }
  }
  const empty = new Sqlite(":memory:");
  empty.exec(schema);
  return empty;
}

function refuseOtherVersion(version: number, places: Places): void {
  if (version === 1) return;
  throw layersError(
    "STORE_VERSION",
    `the index of the store ${places.root} has version ${version}, this tsbuild knows 1`,
    {
      hint: "use the tsbuild that made the store, or another store with --root",
    },
  );
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const codes = { readOnly: 8, ioError: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

function primaryCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}

function isCannotOpen(error: unknown): boolean {
  const code = primaryCode(error);
  return code === codes.cantOpen || code === codes.readOnly;
}

function databaseFailure(error: unknown, places: Places): Error {
  if (error instanceof TsbuildError) return error;
  switch (primaryCode(error) ?? 0) {
    case codes.full:
      return fullError(error, places.root, 0);
    case codes.ioError:
      // The shared memory of the WAL cannot grow: SQLite has no other word for a full disk there.
      return isNearlyFull(places.root) ? fullError(error, places.root, 0) : ioFailure(error, places.root);
    case codes.readOnly:
      return readOnlyError(places.root, error);
    case codes.corrupt:
    case codes.notADatabase:
      return layersError("STORE_DAMAGED", `the index ${places.database} is damaged`, {
        hint: "move index.db, index.db-wal and index.db-shm away: image names come back from index.json, the build cache is lost",
        cause: error,
      });
    default:
      return ioFailure(error, places.root);
  }
}
