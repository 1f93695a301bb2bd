import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tarOf } from "../../testing/tars.ts";
import { entry, scratch } from "../../testing/trees.ts";
import { parseTarFile } from "./file.ts";

test("a file is read whole, and offsets lead to the contents", () => {
  using directory = scratch();
  const path = join(directory.path, "tar");
  const large = Buffer.alloc(3_000_000, "content ");
  writeFileSync(
    path,
    tarOf([entry("a", { size: large.length }), large], [entry("b", { size: 2 }), Buffer.from("hi")]),
  );
  const fd = openSync(path, "r");
  const seen: [string, string][] = [];
  let bytes = 0;
  parseTarFile(fd, {
    entry({ path: name, size }, offset) {
      const content = Buffer.alloc(size);
      readSync(fd, content, 0, size, offset);
      seen.push([name, content.toString("latin1", 0, 10)]);
    },
    data: (chunk) => void (bytes += chunk.length),
    end: () => seen.push(["end", ""]),
  });
  closeSync(fd);
  assert.deepEqual(seen, [
    ["a", "content co"],
    ["b", "hi"],
    ["end", ""],
  ]);
  assert.equal(bytes, large.length + 2);
});
