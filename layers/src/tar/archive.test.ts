import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { inPieces } from "../../testing/streams.ts";
import { tarOf } from "../../testing/tars.ts";
import { entry } from "../../testing/trees.ts";
import { parseArchive } from "./archive.ts";

const tar = tarOf([entry("a", { size: 3 }), Buffer.from("abc")], [entry("b", { type: "directory" })]);
const limits = { maxBytes: 1_000_000 };

for (const [kind, program] of [
  ["tar", "cat"],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["bzip2", "bzip2"],
  ["xz", "xz"],
] as const)
  test(`an archive that went through ${program} is read`, async () => {
    const paths: string[] = [];
    const sink = {
      entry: ({ path }: { path: string }) => void paths.push(path),
      data: () => {},
      end: () => {},
    };
    assert.equal(await parseArchive(inPieces(execFileSync(program, { input: tar }), 77), sink, limits), kind);
    assert.deepEqual(paths, ["a", "b"]);
  });

const nothing = { entry: () => {}, data: () => {}, end: () => {} };

for (const [name, bytes] of [
  ["text", Buffer.alloc(5000, "no archive ")],
  ["nothing", Buffer.alloc(0)],
] as const)
  test(`${name} is no archive`, async () => {
    await assert.rejects(parseArchive(inPieces(bytes, 100), nothing, limits), { code: "TAR_INVALID" });
  });

test("compressed text is no archive", async () => {
  const bytes = execFileSync("gzip", { input: Buffer.alloc(5000, "no archive ") });
  await assert.rejects(parseArchive(inPieces(bytes, 100), nothing, limits), { code: "TAR_INVALID" });
});

test("an archive that is too large is refused before it is read whole", async () => {
  const bytes = execFileSync("gzip", { input: tarOf([entry("a", { size: 5e6 }), Buffer.alloc(5e6)]) });
  await assert.rejects(parseArchive(inPieces(bytes, 100), nothing, limits), { code: "BLOB_TOO_LARGE" });
});
