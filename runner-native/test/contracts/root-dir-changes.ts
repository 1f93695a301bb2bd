import assert from "node:assert/strict";
import { closeSync, constants, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { RootDir } from "../../src/root-dir/root-dir.ts";
import { walkTree } from "../../src/root-dir/walk.ts";
import { hasErrno } from "../../src/sys/check.ts";
import { rootPath, type TreePath } from "../../src/tree-path.ts";
import type { OpenRoot } from "./root-dir.ts";
import { makeTree } from "./tree.ts";

const tree = [
  "file a/file one",
  "dir a/empty",
  "file outside/file in-root",
  "link abs /a",
  "link out /../../outside",
  "link out-file ../../outside/file",
];

const path = (text: string): TreePath => text as TreePath;

/** What changes a tree: the last component never followed, parents inside the root. */
export function rootDirChangesContract(label: string, openRoot: OpenRoot): void {
  const rows: readonly (readonly [string, (root: RootDir, base: string) => void])[] = [
    ["lstat tells type, mode, size and times", statTest],
    ["tryLstat is undefined for what is not there", missingTest],
    ["list sorts by bytes", listTest],
    ["mkdir, symlink, link and mknod make what they say", makeTest],
    ["the content of links keeps its bytes", linkBytesTest],
    ["changes through a link land inside the root", throughLinkTest],
    ["chmod, chown and utimes do not follow a link", metadataTest],
    ["xattrs are set and listed, and not through a link", xattrTest],
    ["rename and unlink move and remove links themselves", renameTest],
    ["remove empties a tree and follows no link", removeTest],
    ["remove is silent when nothing is there", removeMissingTest],
    ["remove and walkTree manage any depth", depthTest],
    ["walkTree gives parents first, in byte order", walkTest],
    ["a root is closed once", disposeTest],
    ["creating obeys O_EXCL and gives a writable file", createTest],
    ["a fifo does not hang", fifoTest],
  ];
  for (const [name, run] of rows)
    test(`${label}: ${name}`, () => {
      using fixture = makeTree(tree);
      using root = openRoot(join(fixture.base, "root"));
      run(root, fixture.base);
      assert.equal(readFileSync(join(fixture.base, "outside/file"), "utf8"), "OUTSIDE");
    });
}

function statTest(root: RootDir, base: string): void {
  root.chmod(path("a/file"), 0o4751);
  root.utimes(path("a/file"), 1_000_000_000, 123_456_789);
  const stat = root.lstat(path("a/file"));
  assert.deepEqual(
    [stat.type, stat.mode, stat.size, stat.mtimeSeconds, stat.mtimeNanoseconds, stat.links],
    ["file", 0o4751, 3, 1_000_000_000, 123_456_789, 1],
  );
  assert.equal(BigInt(stat.inode), lstatSync(join(base, "root/a/file"), { bigint: true }).ino);
  assert.equal(root.lstat(rootPath).type, "directory");
}

function missingTest(root: RootDir): void {
  for (const missing of ["nothing", "nothing/below", "a/file/below"])
    assert.equal(root.tryLstat(path(missing)), undefined);
  assert.throws(
    () => root.lstat(path("nothing")),
    (error) => hasErrno(error, "ENOENT"),
  );
}

function listTest(root: RootDir): void {
  const names = ["b", "B", "a.", "a", "\xff", "\xef\xbd\x9e", "\xf0\x9f\x98\x80", "-", "~"];
  root.mkdir(path("names"), 0o755);
  for (const name of names) root.mkdir(path(`names/${name}`), 0o755);
  const byBytes = names.sort((x, y) => Buffer.compare(Buffer.from(x, "latin1"), Buffer.from(y, "latin1")));
  assert.deepEqual(root.list(path("names")), byBytes);
  assert.deepEqual(root.list(rootPath), ["a", "abs", "names", "out", "out-file", "outside"]);
  assert.throws(
    () => root.list(path("a/file")),
    (error) => hasErrno(error, "ENOTDIR"),
  );
}

function makeTest(root: RootDir): void {
  root.mkdir(path("made"), 0o700);
  root.symlink("anything at all", path("made/link"));
  root.link(path("a/file"), path("made/hard"));
  root.link(path("made/link"), path("made/hard-link"));
  root.mknod(path("made/fifo"), "fifo", 0o600);
  root.mknod(path("made/whiteout"), "char", 0, { major: 0, minor: 0 });
  const types = root.list(path("made")).map((name) => root.lstat(path(`made/${name}`)).type);
  assert.deepEqual(types, ["fifo", "file", "symlink", "symlink", "char"]);
  assert.equal(root.lstat(path("made/hard")).inode, root.lstat(path("a/file")).inode);
  assert.throws(
    () => root.mkdir(path("made"), 0o700),
    (error) => hasErrno(error, "EEXIST"),
  );
}

function linkBytesTest(root: RootDir): void {
  const target = `\xff/\xe9 ${"x".repeat(3000)}`;
  root.symlink(target, path("bytes"));
  assert.equal(root.readlink(path("bytes")), target);
  assert.throws(
    () => root.readlink(path("a")),
    (error) => hasErrno(error, "EINVAL"),
  );
}

function throughLinkTest(root: RootDir, base: string): void {
  root.mkdir(path("out/new"), 0o755);
  root.symlink("x", path("out/link"));
  root.rename(path("abs/file"), path("out/moved"));
  root.remove(path("out/file"));
  assert.deepEqual(root.list(path("outside")), ["link", "moved", "new"]);
  assert.ok(existsSync(join(base, "outside/file")));
  assert.ok(!existsSync(join(base, "outside/new")));
}

function metadataTest(root: RootDir, base: string): void {
  const before = lstatSync(join(base, "root/outside/file"));
  root.utimes(path("out-file"), 5, 6);
  assert.equal(root.lstat(path("out-file")).mtimeSeconds, 5);
  assert.throws(
    () => root.chmod(path("out-file"), 0o777),
    (error) => hasErrno(error, "EOPNOTSUPP", "ENOTSUP"),
  );
  const { uid, gid } = root.lstat(path("a/file"));
  root.chown(path("out-file"), uid, gid);
  root.chown(path("a"), uid, gid);
  root.chmod(path("a"), 0o1770);
  assert.equal(root.lstat(path("a")).mode, 0o1770);
  const after = lstatSync(join(base, "root/outside/file"));
  assert.deepEqual([after.mode, after.mtimeMs], [before.mode, before.mtimeMs]);
}

function xattrTest(root: RootDir): void {
  const value = Buffer.from([0, 255, 128]);
  root.setXattr(path("a/file"), "user.one", value);
  root.setXattr(path("a"), "user.two", Buffer.alloc(0));
  root.setXattr(rootPath, "user.three", value);
  const user = (at: TreePath): unknown[] =>
    [...root.listXattrs(at)].filter(([name]) => name.startsWith("user."));
  assert.deepEqual(user(path("a/file")), [["user.one", value]]);
  assert.deepEqual(user(path("a")), [["user.two", Buffer.alloc(0)]]);
  assert.deepEqual(user(rootPath), [["user.three", value]]);
  assert.throws(
    () => root.setXattr(path("out-file"), "user.x", value),
    (error) => hasErrno(error, "EPERM"),
  );
  assert.deepEqual(user(path("outside/file")), []);
}

function renameTest(root: RootDir): void {
  root.rename(path("out"), path("a/out"));
  assert.equal(root.lstat(path("a/out")).type, "symlink");
  root.unlink(path("a/out"));
  assert.equal(root.tryLstat(path("a/out")), undefined);
  root.rmdir(path("a/empty"));
  assert.throws(
    () => root.rmdir(path("a")),
    (error) => hasErrno(error, "ENOTEMPTY"),
  );
}

function removeTest(root: RootDir, base: string): void {
  root.symlink("/../../outside", path("a/escape"));
  root.symlink(`${base}/outside`, path("a/absolute"));
  mkdirSync(join(base, "root/a/locked/inner"), { recursive: true });
  writeFileSync(join(base, "root/a/locked/inner/file"), "");
  root.chmod(path("a/locked/inner"), 0o000);
  root.chmod(path("a/locked"), 0o500);
  root.remove(path("a"));
  root.remove(path("out"));
  root.remove(path("out-file"));
  assert.deepEqual(root.list(rootPath), ["abs", "outside"]);
  assert.equal(root.lstat(path("outside/file")).size, 7);
}

function removeMissingTest(root: RootDir): void {
  for (const missing of ["nothing", "nothing/below", "a/file/below"]) root.remove(path(missing));
  assert.throws(() => root.remove(rootPath), { code: "PATH_INVALID" });
}

/** Deeper than descriptors are held open, and longer than PATH_MAX. */
function depthTest(root: RootDir): void {
  const levels = 1200;
  let directory = root.openRoot(rootPath);
  for (let level = 0; level < levels; level += 1) {
    directory.mkdir(path("deep"), 0o755);
    closeSync(directory.openFile(path("file"), constants.O_CREAT | constants.O_WRONLY));
    const below = directory.openRoot(path("deep"));
    directory[Symbol.dispose]();
    directory = below;
  }
  directory[Symbol.dispose]();
  let files = 0;
  for (const { name } of walkTree(root)) if (name === "file") files += 1;
  // Those of the fixture: a/file and outside/file.
  assert.equal(files, levels + 2);
  root.remove(path("deep"));
  assert.equal(root.tryLstat(path("deep")), undefined);
}

function walkTest(root: RootDir): void {
  const seen: string[] = [];
  for (const { path: at, name, stat, directory } of walkTree(root)) {
    assert.equal(directory.lstat(name).inode, stat.inode);
    seen.push(`${stat.type} ${at}`);
  }
  assert.deepEqual(seen, [
    "directory a",
    "directory a/empty",
    "file a/file",
    "symlink abs",
    "symlink out",
    "symlink out-file",
    "directory outside",
    "file outside/file",
  ]);
}

function disposeTest(root: RootDir): void {
  const below = root.openRoot(path("a"));
  below[Symbol.dispose]();
  below[Symbol.dispose]();
  assert.equal(root.lstat(path("a")).type, "directory");
}

function createTest(root: RootDir): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  closeSync(root.openFile(path("abs/new"), flags, { mode: 0o640 }));
  assert.equal(root.lstat(path("a/new")).mode & 0o700, 0o600);
  assert.throws(
    () => root.openFile(path("a/new"), flags),
    (error) => hasErrno(error, "EEXIST"),
  );
}

function fifoTest(root: RootDir): void {
  root.mknod(path("fifo"), "fifo", 0o600);
  closeSync(root.openFile(path("fifo"), constants.O_RDONLY));
}
