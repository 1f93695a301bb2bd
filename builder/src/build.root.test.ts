import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWorkshop } from "../testing/workshop.ts";

test("a RUN and a COPY, then everything from the cache", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "a.txt": "alpha\n" });
  const dockerfile = "FROM busybox\nWORKDIR /w\nCOPY a.txt .\nRUN cat a.txt && id -u > uid\n";
  const first = await workshop.build(dockerfile);
  assert.equal(first.output, "alpha\n");
  assert.deepEqual(first.ran, [
    "[2/4] WORKDIR /w",
    "[3/4] COPY a.txt .",
    "[4/4] RUN cat a.txt && id -u > uid",
  ]);
  const second = await workshop.build(dockerfile);
  assert.deepEqual(second.ran, []);
  assert.equal(second.result.imageId, first.result.imageId);
});
