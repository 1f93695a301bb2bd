import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryEntry } from "../../testing/arbitrary-entries.ts";
import { readTar, tarOf } from "../../testing/tars.ts";

test("what is written is read back, however it comes in pieces", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryEntry, { maxLength: 8 }),
      fc.integer({ min: 1, max: 3000 }),
      (entries, piece) => {
        const tar = tarOf(...entries.map(({ entry, content }) => [entry, content] as const));
        const read = readTar(tar, piece);
        assert.deepEqual(
          read.map(({ entry, content }) => ({ entry, content })),
          entries.map(({ entry, content }) => ({ entry: { ...entry }, content })),
        );
        for (const { entry, content, contentOffset } of read)
          assert.ok(tar.subarray(contentOffset, contentOffset + entry.size).equals(content));
      },
    ),
    { numRuns: 500 },
  );
});

test("the same entries give the same bytes", () => {
  fc.assert(
    fc.property(arbitraryEntry, ({ entry, content }) => {
      const reversed = entry.xattrs && new Map([...entry.xattrs].reverse());
      assert.ok(tarOf([entry, content]).equals(tarOf([{ ...entry, xattrs: reversed }, content])));
    }),
    { numRuns: 100 },
  );
});
