import type { Database } from "./database.ts";
import type { MemoTable } from "./store.ts";

export function createMemoTable(database: Database): MemoTable {
  return {
    get(key) {
      const row = database.get("SELECT value FROM memos WHERE key = ?", key);
      return row && Buffer.from(row["value"] as Uint8Array);
    },
    put: (key, value) =>
      void database.run("INSERT OR REPLACE INTO memos (key, value) VALUES (?, ?)", key, value),
  };
}
