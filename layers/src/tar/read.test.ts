import assert from "node:assert/strict";
import { test } from "node:test";
import { rawTar } from "test-images";
import { readTar, tarOf } from "../../testing/tars.ts";
import { entry } from "../../testing/trees.ts";
import type { TarEntry } from "./entry.ts";
import { createTarParser } from "./read.ts";

const { archive, base256, entry: raw, file, pax, record } = rawTar;

/** The last entry of an archive. */
function last(tar: Buffer): TarEntry {
  const read = readTar(tar).at(-1);
  assert.ok(read);
  return read.entry;
}

const values: readonly [name: string, tar: () => Buffer, want: Partial<TarEntry>][] = [
  [
    "a time with a fraction",
    () => archive(pax(record("mtime", "12.5")), file("a")),
    { mtimeSeconds: 12, mtimeNanoseconds: 500_000_000 },
  ],
  [
    "a time before 1970 with a fraction",
    () => archive(pax(record("mtime", "-1.25")), file("a")),
    { mtimeSeconds: -2, mtimeNanoseconds: 750_000_000 },
  ],
  [
    "a time just before 1970",
    () => archive(pax(record("mtime", "-0.5")), file("a")),
    { mtimeSeconds: -1, mtimeNanoseconds: 500_000_000 },
  ],
  [
    "a time with more digits than nanoseconds",
    () => archive(pax(record("mtime", "1.1234567899")), file("a")),
    { mtimeSeconds: 1, mtimeNanoseconds: 123_456_789 },
  ],
  [
    "a time with a bare point",
    () => archive(pax(record("mtime", "7.")), file("a")),
    { mtimeSeconds: 7, mtimeNanoseconds: 0 },
  ],
  [
    "a negative time of GNU",
    () => archive(raw({ name: "a", mtime: base256(-100n, 12) })),
    { mtimeSeconds: -100 },
  ],
  [
    "a large owner of GNU",
    () => archive(raw({ name: "a", uid: base256(3_000_000n, 8) })),
    { uid: 3_000_000 },
  ],
  [
    "owners of a pax record",
    () => archive(pax(record("uid", "4294967294"), record("gid", "0")), raw({ name: "a", gid: "0000005\0" })),
    { uid: 4_294_967_294, gid: 0 },
  ],
  [
    "numbers padded with spaces",
    () => archive(raw({ name: "a", mode: "   644 \0", uid: "     7 \0" })),
    { mode: 0o644, uid: 7 },
  ],
  ["numbers without a NUL", () => archive(raw({ name: "a", uid: "00000007" })), { uid: 7 }],
  [
    "empty numbers",
    () => archive(raw({ name: "a", uid: "\0\0\0\0\0\0\0\0", gid: "        " })),
    { uid: 0, gid: 0 },
  ],
  ["a mode with type bits", () => archive(raw({ name: "a", mode: "0100755\0" })), { mode: 0o755 }],
  [
    "a directory with a size",
    () => archive(raw({ name: "d/", type: "5", size: 4096 })),
    { type: "directory", size: 0 },
  ],
  ["an absolute name", () => archive(file("/etc//./passwd")), { path: "etc/passwd" }],
  ["the root", () => archive(raw({ name: "./", type: "5" })), { path: "", type: "directory" }],
  [
    "a symlink's target as it is",
    () => archive(raw({ name: "l", type: "2", link: "../../x/./y//" })),
    { linkTarget: "../../x/./y//" },
  ],
  [
    "a hard link's target cleaned",
    () => archive(raw({ name: "l", type: "1", link: "./a//b" })),
    { linkTarget: "a/b" },
  ],
  [
    "an attribute's bytes",
    () => archive(pax(record("SCHILY.xattr.user.a", "\0\x80=\n")), file("a")),
    { xattrs: new Map([["user.a", Buffer.from([0, 0x80, 0x3d, 0x0a])]]) },
  ],
  [
    "a record of no meaning",
    () =>
      archive(
        pax(record("comment", "\0"), record("atime", "x"), record("LIBARCHIVE.creationtime", "1")),
        file("a"),
      ),
    { path: "a" },
  ],
  ["a device of a file is none", () => archive(raw({ name: "a", major: "garbage!" })), { deviceMajor: 0 }],
];
for (const [name, tar, want] of values)
  test(`read: ${name}`, () => {
    const got = last(tar());
    for (const [key, value] of Object.entries(want)) assert.deepEqual(got[key as keyof TarEntry], value, key);
  });

test("a refusal says which entry it is about", () => {
  const tar = archive(file("first"), pax(record("path", "sec\x1bond")), raw({ name: "x", size: "-1" }));
  assert.throws(() => readTar(tar), {
    code: "TAR_INVALID",
    message: 'entry 2 "sec\\u001bond" of the archive: its size is not a number',
  });
});

test("a refusal cuts what is long", () => {
  assert.throws(
    () => readTar(archive(pax(record("path", "n".repeat(100_000))), file("a"))),
    (error: Error) => {
      assert.ok(error.message.length < 400);
      return true;
    },
  );
});

test("a limit of entries holds", () => {
  const tar = tarOf([entry("a")], [entry("b")], [entry("c")]);
  const parser = createTarParser({ entry: () => {}, data: () => {}, end: () => {} }, { maxEntries: 2 });
  assert.throws(() => parser.write(tar), { code: "TAR_INVALID" });
});

test("the end is told once, after the last byte", () => {
  const calls: string[] = [];
  const parser = createTarParser({
    entry: ({ path }) => calls.push(path),
    data: (chunk) => calls.push(String(chunk.length)),
    end: () => calls.push("end"),
  });
  parser.write(tarOf([entry("a", { size: 3 }), Buffer.from("abc")]));
  parser.finish();
  assert.deepEqual(calls, ["a", "3", "end"]);
});

test("an error of the sink is passed on as it is", () => {
  const parser = createTarParser({
    entry: () => {
      throw new Error("the disk is full");
    },
    data: () => {},
    end: () => {},
  });
  assert.throws(() => parser.write(tarOf([entry("a")])), /^Error: the disk is full$/);
});

test("nothing at all is an empty archive", () => assert.deepEqual(readTar(Buffer.alloc(0)), []));
