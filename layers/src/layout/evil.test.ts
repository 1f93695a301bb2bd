import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { TsbuildError } from "@tsbuild/runner-native";
import { evilTars } from "test-images";
import { inPieces } from "../../testing/streams.ts";
import { temporaryStore } from "../../testing/temporary-store.ts";
import { readArchive } from "./read-archive.ts";

const { signal } = new AbortController();

for (const { name, expect, build } of evilTars)
  test(`an archive of images: ${name}`, async () => {
    await using place = temporaryStore();
    const outside = dirname(place.store.root);
    mkdirSync(join(outside, "beside"));
    writeFileSync(join(outside, "beside/canary"), "untouched");
    const before = readdirSync(outside).sort();
    await using lease = await place.store.lease("load");
    const read = readArchive(place.store, inPieces(build(), 700), { what: "evil.tar", lease, signal });
    await assert.rejects(read, (error) => {
      assert.ok(error instanceof TsbuildError, String(error));
      assert.match(error.code, expect.kind === "refused" ? /^(TAR|ARCHIVE)_/ : /^(TAR|ARCHIVE|BLOB)_/);
      return true;
    });
    assert.deepEqual(readdirSync(outside).sort(), before);
    assert.equal(readFileSync(join(outside, "beside/canary"), "utf8"), "untouched");
  });
