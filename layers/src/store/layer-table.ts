import type { Descriptor } from "../descriptor.ts";
import type { Database, Row } from "./database.ts";
import type { LayerRecord, LayerTable } from "./store.ts";

const insert = "INSERT OR REPLACE INTO layers (id, parent, diff_id, record) VALUES (?, ?, ?, ?)";
const select = "SELECT record FROM layers WHERE id = ?";
const selectByContent = "SELECT record FROM layers WHERE diff_id = ? AND parent IS ? ORDER BY id";
const selectAll = "SELECT record FROM layers ORDER BY id";
const selectForm = "SELECT blob FROM compressed WHERE diff_id = ? AND form = ?";
const insertForm = "INSERT OR REPLACE INTO compressed (diff_id, form, blob) VALUES (?, ?, ?)";

/** The layers of a store. Whatever a caller gets or puts is held for it (`hold`) until the store is closed. */
export function createLayerTable(database: Database, hold: (id: string) => void): LayerTable {
  const held = (row: Row | undefined): LayerRecord | undefined => {
    if (!row) return undefined;
    const record = recordOf(row);
    hold(record.id);
    return record;
  };
  const put = (record: LayerRecord): void => {
    hold(record.id);
    database.run(insert, record.id, record.parent ?? null, record.diffId ?? null, JSON.stringify(record));
  };
  return {
    get(id) {
      hold(id);
      return held(database.get(select, id));
    },
    find(parent, diffId) {
      const found = database.get(selectByContent, diffId, parent ?? null);
      // Held first and read again: a prune may have come between.
      return found && held(database.get(select, holding(recordOf(found).id, hold)));
    },
    put,
    update(id, changes) {
      database.transaction(() => {
        const row = database.get(select, id);
        if (row) put({ ...recordOf(row), ...changes });
      });
    },
    delete: (id) => void database.run("DELETE FROM layers WHERE id = ?", id),
    list: () => database.all(selectAll).map(recordOf),
    getCompressed(diffId, form) {
      const row = database.get(selectForm, diffId, form);
      return row && (JSON.parse(row["blob"] as string) as Descriptor);
    },
    putCompressed: (diffId, form, blob) => void database.run(insertForm, diffId, form, JSON.stringify(blob)),
  };
}

function holding(id: string, hold: (id: string) => void): string {
  hold(id);
  return id;
}

/** JSON has no undefined: absent fields come back as the record's type wants them. */
function recordOf(row: Row): LayerRecord {
  const { id, parent, diffId, tar, hasTree, treeBoot, hasIndex, original, createdMs } = JSON.parse(
    row["record"] as string,
  ) as LayerRecord;
  return { id, parent, diffId, tar, hasTree, treeBoot, hasIndex, original, createdMs };
}
