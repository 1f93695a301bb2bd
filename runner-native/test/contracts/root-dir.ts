import assert from "node:assert/strict";
import { closeSync, constants, fstatSync, lstatSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { RootDir } from "../../src/root-dir/root-dir.ts";
import { hasErrno } from "../../src/sys/check.ts";
import { fsPath, rootPath, type TreePath } from "../../src/tree-path.ts";
import { makeTree } from "./tree.ts";

/** Opens a host directory as a root, by the implementation under test. */
export type OpenRoot = (path: string) => RootDir;

const longName = "n".repeat(255);
const deep = Array.from({ length: 600 }, () => "component").join("/");

const tree = [
  "file a/file inside-a",
  "file a/b/c/file inside-c",
  "dir empty",
  "dir outside",
  "file outside/file in-root-outside",
  "file file top",
  "link abs /a",
  "link abs-file /a/b/c/file",
  "link abs-root /",
  "link abs-slashes ///a//b///",
  "link rel a/b",
  "link rel-dot ./a/./b/.",
  "link a/b/up ../..",
  "link a/b/up-file ../../file",
  "link a/b/c/abs-up /a/b/up",
  "link up ..",
  "link up-many ../../../../../../../..",
  "link up-outside ../outside/file",
  "link up-abs /../../outside/file",
  "link up-through a/../../../outside/file",
  "link dangling nowhere",
  "link dangling-abs /nowhere/at/all",
  "link dangling-up ../outside/new",
  "link loop-self loop-self",
  "link loop-a loop-b",
  "link loop-b /loop-a",
  "link loop-dir/x ../loop-dir/x/y",
  "link to-file-slash file/",
  "link to-dir-slash a/",
  "link to-file-dot file/.",
  "link to-file-up file/..",
  "link through-file file/below",
  "link chain-0 a/file",
  ...Array.from({ length: 45 }, (_, index) => `link chain-${index + 1} chain-${index}`),
  "link twice-1 abs/b",
  "link twice-2 twice-1/c",
  "link caf\xe9 a/\xff",
  "file a/\xff bytes",
  "file \xe2\x82\xac/\xf0\x9f\x98\x80 emoji",
  `file ${longName} long`,
  `link long-link ${longName}`,
  `file ${deep}/file deep`,
  `link ${deep}/abs /a/file`,
  `link ${deep}/up ../component/file`,
  "file .../file three-dots",
  "file ..a/file dots-a",
  "file a.. ends-in-dots",
  "file .hidden hidden",
  "file new\nline newline-name",
  "file back\\slash backslash",
  "link newline-link new\nline",
];

type Want = { readonly text: string } | { readonly directory: string } | { readonly errno: string };

/** name, path, what opening it for reading must give */
const openRows: readonly (readonly [string, string, Want])[] = [
  ["a plain file", "file", { text: "top" }],
  ["a file below directories", "a/b/c/file", { text: "inside-c" }],
  ["the root itself", "", { directory: "" }],
  ["a directory", "a/b", { directory: "a/b" }],
  ["nothing", "missing", { errno: "ENOENT" }],
  ["below nothing", "missing/file", { errno: "ENOENT" }],
  ["below a file", "file/x", { errno: "ENOTDIR" }],
  ["an absolute link to a directory", "abs", { directory: "a" }],
  ["through an absolute link", "abs/b/c/file", { text: "inside-c" }],
  ["an absolute link to a file", "abs-file", { text: "inside-c" }],
  ["an absolute link to the root", "abs-root", { directory: "" }],
  ["through a link to the root", "abs-root/file", { text: "top" }],
  ["through two links to the root", "abs-root/abs-root/a/file", { text: "inside-a" }],
  ["a target with many slashes", "abs-slashes/c/file", { text: "inside-c" }],
  ["a relative link", "rel/c/file", { text: "inside-c" }],
  ["a target with dots", "rel-dot/c/file", { text: "inside-c" }],
  ["a link upwards", "a/b/up/file", { text: "top" }],
  ["a link upwards to a file", "a/b/up-file", { text: "top" }],
  ["an absolute link to a link upwards", "a/b/c/abs-up/file", { text: "top" }],
  [".. above the root stays in the root", "up/file", { text: "top" }],
  [".. above the root is the root", "up", { directory: "" }],
  ["many .. above the root", "up-many/a/file", { text: "inside-a" }],
  [".. to a name outside", "up-outside", { text: "in-root-outside" }],
  ["an absolute target with ..", "up-abs", { text: "in-root-outside" }],
  [".. after a directory", "up-through", { text: "in-root-outside" }],
  ["a dangling link", "dangling", { errno: "ENOENT" }],
  ["a dangling absolute link", "dangling-abs", { errno: "ENOENT" }],
  ["a dangling link upwards", "dangling-up", { errno: "ENOENT" }],
  ["below a dangling link", "dangling/x", { errno: "ENOENT" }],
  ["a link to itself", "loop-self", { errno: "ELOOP" }],
  ["below a link to itself", "loop-self/x", { errno: "ELOOP" }],
  ["two links to each other", "loop-a", { errno: "ELOOP" }],
  ["a link through itself", "loop-dir/x", { errno: "ELOOP" }],
  ["a link to a file with a slash", "to-file-slash", { errno: "ENOTDIR" }],
  ["a link to a directory with a slash", "to-dir-slash/file", { text: "inside-a" }],
  ["a link to a file with a dot", "to-file-dot", { errno: "ENOTDIR" }],
  ["a link to a file and up", "to-file-up", { errno: "ENOTDIR" }],
  ["a link through a file", "through-file", { errno: "ENOTDIR" }],
  ["40 links", "chain-39", { text: "inside-a" }],
  ["41 links", "chain-40", { errno: "ELOOP" }],
  ["46 links", "chain-45", { errno: "ELOOP" }],
  ["links over links", "twice-2/file", { text: "inside-c" }],
  ["names that are not UTF-8", "a/\xff", { text: "bytes" }],
  ["a link between names that are not UTF-8", "caf\xe9", { text: "bytes" }],
  ["names of several bytes", "\xe2\x82\xac/\xf0\x9f\x98\x80", { text: "emoji" }],
  ["a name of 255 bytes", longName, { text: "long" }],
  ["a link to a name of 255 bytes", "long-link", { text: "long" }],
  ["a name of 256 bytes", `${longName}n`, { errno: "ENAMETOOLONG" }],
  ["a path longer than PATH_MAX", `${deep}/file`, { text: "deep" }],
  ["an absolute link at such a depth", `${deep}/abs`, { text: "inside-a" }],
  ["a link upwards at such a depth", `${deep}/up`, { text: "deep" }],
  ["a name of three dots", ".../file", { text: "three-dots" }],
  ["a name that begins with two dots", "..a/file", { text: "dots-a" }],
  ["a name that ends in two dots", "a..", { text: "ends-in-dots" }],
  ["a hidden name", ".hidden", { text: "hidden" }],
  ["a name with a newline", "newline-link", { text: "newline-name" }],
  ["a name with a backslash", "back\\slash", { text: "backslash" }],
];

const linkRows: readonly (readonly [string, string])[] = [
  ["a link", "abs-file"],
  ["a dangling link", "dangling"],
  ["a loop", "loop-self"],
  ["a link behind a link", "abs/b/up-file"],
];

/** Paths no parser would let through: a root must hold even against a cast. */
const evilPaths: readonly (readonly [string, string])[] = [
  ["dot-dot", ".."],
  ["dot-dot below", "a/.."],
  ["dot-dot chain", "../../outside"],
  ["a leading slash", "/outside/file"],
  ["dot-dot in the middle", "a/../../outside/file"],
];

/** Every promise of RootDir, as rows over one tree. */
export function rootDirContract(label: string, openRoot: OpenRoot): void {
  openingTests(label, openRoot);
  linkTests(label, openRoot);
  evilTests(label, openRoot);
  magicTests(label, openRoot);
}

function openingTests(label: string, openRoot: OpenRoot): void {
  test(`${label}: opening`, async (t) => {
    using fixture = makeTree(tree);
    using root = openRoot(join(fixture.base, "root"));
    for (const [name, path, want] of openRows)
      await t.test(name, () => opens(root, path, fixture.base, want));
    await t.test("a directory as a root of its own", () => {
      using below = root.openRoot("a/b/up/a" as TreePath);
      assert.deepEqual(below.list(rootPath), ["b", "file", "\xff"]);
      assert.equal(readAll(below.openFile("b/up-file" as TreePath, constants.O_RDONLY)), "inside-a");
    });
    await t.test("a link as a root of its own, not followed", () => {
      assert.throws(
        () => root.openRoot("abs" as TreePath, { lastLink: "nofollow" }),
        (error) => hasErrno(error, "ENOTDIR", "ELOOP"),
      );
    });
  });
}

function opens(root: RootDir, path: string, base: string, want: Want): void {
  const open = (): number => root.openFile(path as TreePath, constants.O_RDONLY);
  if ("errno" in want) return assert.throws(open, (error) => hasErrno(error, want.errno));
  const fd = open();
  if ("text" in want) return assert.equal(readAll(fd), want.text);
  const expected = lstatSync(fsPath(`${base}/root/${want.directory}`));
  assert.equal(fstatSync(fd).ino, expected.ino);
  closeSync(fd);
}

function linkTests(label: string, openRoot: OpenRoot): void {
  test(`${label}: links as last component`, async (t) => {
    using fixture = makeTree(tree);
    using root = openRoot(join(fixture.base, "root"));
    for (const [name, path] of linkRows)
      await t.test(`${name} is seen, read and refused, never followed`, () => {
        assert.equal(root.lstat(path as TreePath).type, "symlink");
        assert.ok(root.readlink(path as TreePath).length > 0);
        assert.throws(
          () => root.openFile(path as TreePath, constants.O_RDONLY, { lastLink: "nofollow" }),
          (error) => hasErrno(error, "ELOOP"),
        );
        assert.throws(
          () => root.list(path as TreePath),
          (error) => hasErrno(error, "ENOTDIR", "ELOOP"),
        );
      });
    await t.test("a file is created behind a dangling link, inside the root", () => {
      const flags = constants.O_WRONLY | constants.O_CREAT;
      const fd = root.openFile("dangling-up" as TreePath, flags, { mode: 0o600 });
      writeSync(fd, "made");
      closeSync(fd);
      assert.equal(readFileSync(join(fixture.base, "root/outside/new"), "utf8"), "made");
      assert.throws(() => lstatSync(join(fixture.base, "outside/new")), { code: "ENOENT" });
    });
    await t.test("an exclusive creation does not go behind a link", () => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      assert.throws(
        () => root.openFile("dangling" as TreePath, flags),
        (error) => hasErrno(error, "EEXIST"),
      );
    });
  });
}

function evilTests(label: string, openRoot: OpenRoot): void {
  test(`${label}: paths that only a cast can make`, async (t) => {
    using fixture = makeTree(tree);
    using root = openRoot(join(fixture.base, "root"));
    for (const [name, path] of evilPaths)
      await t.test(`${name} reaches nothing outside`, () => {
        const inodes = new Set(
          ["", "outside", "outside/file"].map((p) => lstatSync(join(fixture.base, p)).ino),
        );
        for (const look of [
          () => fstatSync(root.openFile(path as TreePath, constants.O_RDONLY)).ino,
          () => root.lstat(path as TreePath).inode,
          () => root.openRoot(path as TreePath).lstat(rootPath).inode,
        ])
          try {
            assert.ok(!inodes.has(look()));
          } catch (error) {
            if (!hasErrno(error, "ENOTDIR", "ENOENT", "PATH_INVALID")) throw error;
          }
        assert.throws(() => root.remove(".." as TreePath), { code: "PATH_INVALID" });
      });
    await t.test("a NUL is refused", () => {
      assert.throws(() => root.lstat("a\0b" as TreePath), { code: "PATH_INVALID" });
      assert.throws(() => root.openFile("a\0b/c" as TreePath, constants.O_RDONLY), { code: "PATH_INVALID" });
    });
  });
}

const magicRows: readonly (readonly [string, string])[] = [
  ["the root of a process", "self/root/etc"],
  ["the directory of a process", "self/cwd"],
  ["the program of a process", "self/exe"],
  ["a descriptor", "self/fd/0"],
  ["a namespace", "self/ns/mnt"],
];

function magicTests(label: string, openRoot: OpenRoot): void {
  test(`${label}: magic links of /proc`, async (t) => {
    using proc = openRoot("/proc");
    for (const [name, path] of magicRows)
      await t.test(`${name} is not followed`, () => {
        assert.throws(
          () => proc.openFile(path as TreePath, constants.O_RDONLY),
          (error) => hasErrno(error, "ELOOP"),
        );
      });
    await t.test("a plain link of /proc is followed", () => {
      const fd = proc.openFile("self/stat" as TreePath, constants.O_RDONLY);
      assert.ok(readAll(fd).startsWith(`${process.pid} `));
    });
  });
}

/** Reads a small file and closes it. */
export function readAll(fd: number): string {
  const bytes = Buffer.alloc(4096);
  const size = readSync(fd, bytes);
  closeSync(fd);
  return bytes.toString("latin1", 0, size);
}
