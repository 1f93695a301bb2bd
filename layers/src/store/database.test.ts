import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryStore } from "../../testing/temporary-store.ts";
import { digestOf } from "../digest.ts";
import { createDatabase, type Database } from "./database.ts";
import { createImageTable } from "./image-table.ts";
import { placesOf } from "./places.ts";

/** 1 is NORMAL, 2 is FULL: the log is synced at each commit. */
function synchronous(database: Database): unknown {
  return database.get("PRAGMA synchronous")?.["synchronous"];
}

test("commits are synced where that is asked for, and only there", async () => {
  await using place = temporaryStore();
  using database = createDatabase(placesOf(place.store.root), false);
  assert.equal(synchronous(database), 1);
  assert.equal(
    database.durably(() => database.transaction(() => synchronous(database))),
    2,
  );
  assert.throws(() => database.durably(() => database.run("no SQL")));
  assert.equal(synchronous(database), 1);
});

test("the name of an image is synced, as the blobs it leads to are", async () => {
  await using place = temporaryStore();
  using database = createDatabase(placesOf(place.store.root), false);
  const seen: unknown[] = [];
  const watched: Database = {
    ...database,
    run: (sql, ...values) => {
      seen.push(synchronous(database));
      return database.run(sql, ...values);
    },
  };
  const id = digestOf("x");
  createImageTable(watched, () => undefined).put({
    name: "docker.io/library/a:latest",
    manifest: { mediaType: "a/b", digest: id, size: 1 },
    id,
    platform: { os: "linux", architecture: "amd64" },
    size: 1,
    createdMs: 0,
    origin: "built",
  });
  assert.deepEqual(seen, [2]);
});
