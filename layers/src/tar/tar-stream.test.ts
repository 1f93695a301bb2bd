import assert from "node:assert/strict";
import { test } from "node:test";
import { extract, pack } from "tar-stream";
import { collected } from "../../testing/streams.ts";
import { readTar, tarOf } from "../../testing/tars.ts";
import { entry } from "../../testing/trees.ts";

// A fourth opinion. It stays out of the product: a wrapper would have to read every header itself to be strict (attributes are
// mangled, lengths of pax records unchecked, what follows the end is read, a directory with a size waits for ever).

test("tar-stream reads what we write", async () => {
  const tar = tarOf(
    [entry("d", { type: "directory", mode: 0o750 })],
    [entry("d/f", { size: 5, uid: 3_000_000, gid: 7 }), Buffer.from("hello")],
    [entry("n".repeat(200), { size: 0 })],
    [entry("l", { type: "symlink", linkTarget: "t".repeat(200) })],
  );
  const stream = extract();
  stream.end(tar);
  const seen: unknown[] = [];
  for await (const file of stream) {
    const { name, type, mode, uid, linkname } = file.header;
    seen.push([
      name,
      type,
      mode,
      uid,
      linkname ?? null,
      (await collected(file as AsyncIterable<Uint8Array>)).toString(),
    ]);
  }
  assert.deepEqual(seen, [
    ["d/", "directory", 0o750, 0, null, ""],
    // It does not apply owners from pax records.
    ["d/f", "file", 0o644, 0, null, "hello"],
    ["n".repeat(200), "file", 0o644, 0, null, ""],
    ["l", "symlink", 0o777, 0, "t".repeat(200), ""],
  ]);
});

test("we read what tar-stream writes", async () => {
  const stream = pack();
  stream.entry({ name: "d", type: "directory" });
  stream.entry({ name: `${"é".repeat(90)}`, mode: 0o600, uid: 5 }, "text");
  stream.entry({ name: "l", type: "symlink", linkname: "t".repeat(150) });
  stream.finalize();
  const read = readTar(await collected(stream as AsyncIterable<Uint8Array>));
  assert.deepEqual(
    read.map(({ entry: { path, type, mode, uid, linkTarget }, content }) => [
      Buffer.from(path, "latin1").toString(),
      type,
      mode,
      uid,
      linkTarget,
      content.toString(),
    ]),
    [
      ["d", "directory", 0o755, 0, undefined, ""],
      ["é".repeat(90), "file", 0o600, 5, undefined, "text"],
      ["l", "symlink", 0o644, 0, "t".repeat(150), ""],
    ],
  );
});
