import { type Database, insertImage, type Row } from "./database.ts";
import type { ImageRecord, ImageTable } from "./store.ts";

const selectByName = "SELECT record FROM images WHERE name = ?";
const selectById = "SELECT record FROM images WHERE id GLOB ? ORDER BY name";
const selectAll = "SELECT record FROM images ORDER BY name";

/** The images of a store by name. `changed` is called after each change, to write index.json anew. */
export function createImageTable(database: Database, changed: () => void): ImageTable {
  return {
    get(name) {
      const row = database.get(selectByName, name);
      return row && imageOf(row);
    },
    findById(prefix) {
      const digits = prefix.replace(/^sha256:/, "");
      return /^[0-9a-f]+$/.test(digits) ? database.all(selectById, `sha256:${digits}*`).map(imageOf) : [];
    },
    put(image) {
      const json = JSON.stringify(image);
      if (database.get(selectByName, image.name)?.["record"] === json) return;
      // Whoever was told that the image is there finds it after a power cut.
      database.durably(() => database.run(insertImage, image.name, image.id, json));
      changed();
    },
    delete(name) {
      const isDeleted = database.run("DELETE FROM images WHERE name = ?", name) > 0;
      if (isDeleted) changed();
      return isDeleted;
    },
    list: () => database.all(selectAll).map(imageOf),
  };
}

function imageOf(row: Row): ImageRecord {
  return JSON.parse(row["record"] as string) as ImageRecord;
}
