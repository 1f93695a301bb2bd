import type { Database } from "./database.ts";
import type { RecordTable } from "./store.ts";

/** Uses closer together than this are one: a cached build then writes nothing. */
const touchGranularityMs = 60_000;

const select = "SELECT json, used_ms FROM records WHERE key = ?";
const insert = "INSERT OR REPLACE INTO records (key, json, layers, used_ms) VALUES (?, ?, ?, ?)";
const touch = "UPDATE records SET used_ms = max(used_ms, ?) WHERE key = ?";

export interface DiskRecordTable extends RecordTable {
  /** Writes down which records were used, for the next prune. */
  flush(): void;
}

/** The cache records of a store. */
export function createRecordTable(database: Database, now: () => number): DiskRecordTable {
  const used = new Set<string>();
  return {
    get(key) {
      const row = database.get(select, key);
      if (!row) return undefined;
      if (now() - Number(row["used_ms"]) > touchGranularityMs) used.add(key);
      return row["json"] as string;
    },
    put(key, json, usedLayers) {
      used.delete(key);
      database.run(insert, key, json, JSON.stringify(usedLayers), now());
    },
    delete: (key) => void database.run("DELETE FROM records WHERE key = ?", key),
    count: () => Number(database.get("SELECT count(*) AS total FROM records")?.["total"]),
    flush() {
      if (used.size === 0) return;
      database.transaction(() => {
        for (const key of used) database.run(touch, now(), key);
      });
      used.clear();
    },
  };
}
