import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DiffStyle, describeAll, diffLines } from "../../testing/diff.ts";
import { randomLines } from "../../testing/random-lines.ts";
import { path, scratch, viewOf } from "../../testing/trees.ts";

for (const style of ["whiteouts", "opaque"] satisfies DiffStyle[])
  test(`a tree and the layer that makes another of it show the other (${style})`, async () => {
    using directory = scratch();
    const property = fc.asyncProperty(randomLines("whole"), randomLines("whole"), async (from, to) => {
      using base = viewOf(directory.path, from);
      using next = viewOf(directory.path, to);
      await Promise.all([base.prepare([path("")]), next.prepare([path("")])]);
      using chain = viewOf(directory.path, from, diffLines(base, next, style));
      await chain.prepare([path("")]);
      assert.deepEqual(describeAll(chain), describeAll(next));
    });
    await fc.assert(property, { numRuns: 500 });
  });
