import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { entry, scratch } from "../../testing/trees.ts";
import type { TarEntry } from "./entry.ts";
import { createTarWriter, type TarContent } from "./write.ts";

type Line = readonly [entry: TarEntry, content?: TarContent];

function tarOf(...lines: readonly Line[]): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [it, content] of lines) writer.entry(it, content);
  assert.equal(writer.finish(), Buffer.concat(chunks).length);
  return Buffer.concat(chunks);
}

/** Name, type, mode, owner, size, time, link and xattrs as Python's tarfile reads them; names as latin1. */
const listing = `
import sys, tarfile, io, json
t = tarfile.open(fileobj=sys.stdin.buffer, encoding="latin1", mode="r|")
b = lambda s: s.encode("utf8", "surrogateescape").decode("latin1") if any(ord(c) > 255 or 0xdc80 <= ord(c) <= 0xdcff for c in s) else s
for m in t:
    print(json.dumps([m.name, m.type.decode(), m.mode, m.uid, m.gid, m.size, m.mtime, m.linkname, m.devmajor, m.devminor, sorted(m.pax_headers)]))
`;

function listed(tar: Buffer): unknown[] {
  const text = execFileSync("python3", ["-c", listing], { input: tar, encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const long = `${"d".repeat(60)}/${"e".repeat(60)}`;
const rows: readonly [name: string, line: Line, want: unknown[]][] = [
  [
    "a file",
    [entry("a", { size: 3, mode: 0o4755, uid: 1, gid: 2 }), Buffer.from("abc")],
    ["a", "0", 0o4755, 1, 2, 3, 1000, "", 0, 0, []],
  ],
  [
    "a directory ends with a slash",
    [entry("d", { type: "directory" })],
    ["d", "5", 0o755, 0, 0, 0, 1000, "", 0, 0, []],
  ],
  ["the root", [entry("", { type: "directory" })], [".", "5", 0o755, 0, 0, 0, 1000, "", 0, 0, []]],
  [
    "a long path is split at a slash",
    [entry(long, { size: 0 })],
    [long, "0", 0o644, 0, 0, 0, 1000, "", 0, 0, []],
  ],
  [
    "a path that cannot be split has a record",
    [entry("x".repeat(101))],
    ["x".repeat(101), "0", 0o644, 0, 0, 0, 1000, "", 0, 0, ["path"]],
  ],
  [
    "a long directory name ends with a slash in its record",
    [entry("x".repeat(100), { type: "directory" })],
    ["x".repeat(100), "5", 0o755, 0, 0, 0, 1000, "", 0, 0, ["path"]],
  ],
  [
    "a long symlink target has a record",
    [entry("l", { type: "symlink", linkTarget: "t/".repeat(60) })],
    ["l", "2", 0o777, 0, 0, 0, 1000, "t/".repeat(60), 0, 0, ["linkpath"]],
  ],
  [
    "a hard link",
    [entry("h", { type: "hardlink", linkTarget: "a" })],
    ["h", "1", 0o644, 0, 0, 0, 1000, "a", 0, 0, []],
  ],
  [
    "large ids have records",
    [entry("a", { uid: 2_097_152, gid: 4_294_967_294 })],
    ["a", "0", 0o644, 2_097_152, 4_294_967_294, 0, 1000, "", 0, 0, ["gid", "uid"]],
  ],
  [
    "the largest ids in a header",
    [entry("a", { uid: 2_097_151, gid: 2_097_151 })],
    ["a", "0", 0o644, 2_097_151, 2_097_151, 0, 1000, "", 0, 0, []],
  ],
  [
    "a time before 1970 has a record",
    [entry("a", { mtimeSeconds: -5 })],
    ["a", "0", 0o644, 0, 0, 0, -5, "", 0, 0, ["mtime"]],
  ],
  [
    "a time far ahead has a record",
    [entry("a", { mtimeSeconds: 8 ** 11 })],
    ["a", "0", 0o644, 0, 0, 0, 8 ** 11, "", 0, 0, ["mtime"]],
  ],
  [
    "nanoseconds are dropped",
    [entry("a", { mtimeNanoseconds: 999_999_999 })],
    ["a", "0", 0o644, 0, 0, 0, 1000, "", 0, 0, []],
  ],
  [
    "a device",
    [entry("null", { type: "char", deviceMajor: 1, deviceMinor: 3 })],
    ["null", "3", 0o644, 0, 0, 0, 1000, "", 1, 3, []],
  ],
  [
    "a block device",
    [entry("sda", { type: "block", deviceMajor: 8, deviceMinor: 1_048_575 })],
    ["sda", "4", 0o644, 0, 0, 0, 1000, "", 8, 1_048_575, []],
  ],
  ["a fifo", [entry("p", { type: "fifo" })], ["p", "6", 0o644, 0, 0, 0, 1000, "", 0, 0, []]],
  [
    "a name that is not UTF-8 keeps its bytes",
    [entry("\xff\xfe")],
    ["\xff\xfe", "0", 0o644, 0, 0, 0, 1000, "", 0, 0, []],
  ],
  [
    "a long name that is not UTF-8 says so",
    [entry("\xff".repeat(120))],
    ["\xff".repeat(120), "0", 0o644, 0, 0, 0, 1000, "", 0, 0, ["hdrcharset", "path"]],
  ],
];
for (const [name, line, want] of rows)
  test(`Python reads back: ${name}`, () => assert.deepEqual(listed(tarOf(line)), [want]));

test("attributes are written in exact bytes, sorted by name", () => {
  const value = Buffer.from([0, 0x80, 0xff, 0x0a, 0x3d]);
  const tar = tarOf([
    entry("a", {
      xattrs: new Map([
        ["user.b", Buffer.alloc(0)],
        ["security.capability", value],
      ]),
    }),
  ]);
  const body = Buffer.concat([
    Buffer.from("42 SCHILY.xattr.security.capability="),
    value,
    Buffer.from("\n24 SCHILY.xattr.user.b=\n"),
  ]);
  assert.deepEqual(tar.subarray(512, 512 + body.length), body);
});

test("content comes from a range of a file, larger than the slab", () => {
  using directory = scratch();
  const file = join(directory.path, "f");
  const bytes = Buffer.alloc(9_000_000, "tsbuild");
  writeFileSync(file, bytes);
  const fd = openSync(file, "r");
  const size = bytes.length - 7;
  const tar = tarOf([entry("f", { size }), { fd, offset: 7, size }], [entry("after")]);
  closeSync(fd);
  assert.ok(tar.subarray(512, 512 + size).equals(bytes.subarray(7)));
  assert.deepEqual(tar, tarOf([entry("f", { size }), bytes.subarray(7)], [entry("after")]));
});

test("a file in pieces has the same bytes, and gives its caller turns", () => {
  using directory = scratch();
  const file = join(directory.path, "f");
  const size = (40 << 20) + 3;
  writeFileSync(file, "start");
  truncateSync(file, size);
  const fd = openSync(file, "r");
  const range = { fd, offset: 0, size };
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  const pieces = writer.pieces(entry("f", { size }), range);
  let turns = 0;
  let piece = pieces.next();
  for (; !piece.done; piece = pieces.next()) turns++;
  writer.entry(entry("after"));
  writer.finish();
  assert.equal(piece.value, 512);
  assert.equal(turns, 3);
  assert.ok(Buffer.concat(chunks).equals(tarOf([entry("f", { size }), range], [entry("after")])));
  closeSync(fd);
});

test("an observer sees the bytes as they are written", () => {
  const seen: Buffer[] = [];
  const writer = createTarWriter(() => {});
  assert.equal(
    writer.entry(entry("a", { size: 2 }), Buffer.from("hi"), (chunk) => seen.push(Buffer.from(chunk))),
    512,
  );
  assert.equal(Buffer.concat(seen).toString(), "hi");
});

test("a file that became shorter is an error that names it", () => {
  using directory = scratch();
  const file = join(directory.path, "f");
  writeFileSync(file, "abc");
  const fd = openSync(file, "r");
  assert.throws(() => tarOf([entry("f", { size: 4 }), { fd, offset: 0, size: 4 }]), {
    code: "CONTENT_CHANGED",
  });
  closeSync(fd);
});

const refused: readonly [name: string, fields: Partial<TarEntry>][] = [
  ["a NUL in a link target", { type: "symlink", linkTarget: "a\0b" }],
  ["a negative uid", { uid: -1 }],
  ["the uid that means none", { uid: 0xffff_ffff }],
  ["a fractional time", { mtimeSeconds: 1.5 }],
  ["a mode with type bits", { mode: 0o100644 }],
  ["a device number beyond the field", { type: "char", deviceMajor: 8 ** 7 }],
  ["an attribute name with an equals sign", { xattrs: new Map([["user.a=b", Buffer.alloc(1)]]) }],
  ["more attributes than readers take", { xattrs: new Map([["user.a", Buffer.alloc(2 ** 20)]]) }],
];
for (const [name, fields] of refused)
  test(`not written: ${name}`, () =>
    assert.throws(() => tarOf([entry("a", fields)]), { code: "TAR_INVALID" }));
