import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SyscallError } from "../errors.ts";
import { errnoName, hasErrno } from "./check.ts";
import { copyFileRange } from "./copy.ts";
import { disabledFeatures, parseDisabled } from "./features.ts";
import {
  currentDirectory,
  linkAt,
  makeDevice,
  mkdirAt,
  mknodAt,
  openAt,
  openAt2,
  openFlags,
  readlinkAt,
  renameAt,
  resolveFlags,
  rmdirAt,
  symlinkAt,
  syncFileSystem,
  unlinkAt,
  utimesAt,
} from "./files.ts";
import { lockBlocking, tryLock, unlock, waitForLock } from "./lock.ts";
import { createMemfd, sealMemfd } from "./memfd.ts";
import { makePipe } from "./pipe.ts";
import { statAt } from "./statx.ts";
import { syscallNumber } from "./syscall-numbers.ts";
import { getXattr, listXattrs, removeXattr, setXattr } from "./xattr.ts";

const base = mkdtempSync(join(tmpdir(), "tsbuild-sys-"));
const root = openSync(base, constants.O_DIRECTORY);
after(() => {
  closeSync(root);
  rmSync(base, { recursive: true });
});

test("a failed call throws an error that names call, path and errno", () => {
  assert.throws(
    () => openAt(root, "missing/file", constants.O_RDONLY),
    (error) =>
      error instanceof SyscallError &&
      error.errnoName === "ENOENT" &&
      error.syscall === "openat" &&
      error.path === "missing/file" &&
      error.exitCode === 5,
  );
});

test("an errno of node:fs and one of ours are told by the same question", () => {
  for (const failing of [() => openAt(root, "none", 0), () => readFileSync(join(base, "none"))])
    try {
      failing();
      assert.fail("must throw");
    } catch (error) {
      assert.ok(hasErrno(error, "EPERM", "ENOENT"));
      assert.ok(!hasErrno(error, "EPERM"));
    }
  assert.equal(errnoName(11), "EAGAIN");
  assert.equal(errnoName(95), "EOPNOTSUPP");
});

test("a NUL in a path is refused instead of cutting it", () => {
  assert.throws(() => openAt(root, "a\0b", 0), { code: "PATH_INVALID" });
});

test("a path beyond PATH_MAX is the kernel's ENAMETOOLONG", () => {
  assert.throws(
    () => statAt(root, "a/".repeat(3000)),
    (error) => hasErrno(error, "ENAMETOOLONG"),
  );
});

test("names that are not UTF-8 keep their bytes", () => {
  closeSync(openAt(root, "caf\xe9", constants.O_CREAT | constants.O_WRONLY, 0o600));
  assert.ok(lstatSync(Buffer.concat([Buffer.from(`${base}/caf`), Buffer.from([0xe9])])).isFile());
});

test("openat2 stays inside the root and opens no magic link", () => {
  mkdirAt(root, "jail", 0o755);
  const jail = openAt(root, "jail", constants.O_DIRECTORY);
  symlinkAt("/../../x", jail, "out");
  writeFileSync(join(base, "x"), "outside");
  writeFileSync(join(base, "jail", "x"), "inside");
  const resolve = resolveFlags.inRoot | resolveFlags.noMagicLinks;
  const fd = openAt2(jail, "out", { flags: constants.O_RDONLY, resolve });
  const bytes = Buffer.alloc(10);
  assert.equal(bytes.toString("latin1", 0, readSync(fd, bytes)), "inside");
  closeSync(fd);
  closeSync(jail);
});

test("links, renames and removals work on a descriptor and a name", () => {
  mkdirAt(root, "d", 0o700);
  symlinkAt("target/\xff", root, "d/link");
  assert.equal(readlinkAt(root, "d/link"), "target/\xff");
  linkAt(root, "d/link", root, "d/second");
  assert.equal(statAt(root, "d/second").links, 2);
  renameAt({ directory: root, path: "d/second" }, { directory: root, path: "d/third" });
  mknodAt(root, "d/pipe", { type: "fifo", mode: 0o640 });
  assert.equal(statAt(root, "d/pipe").type, "fifo");
  renameAt({ directory: root, path: "d/third" }, { directory: root, path: "d/pipe" }, "exchange");
  assert.equal(statAt(root, "d/third").type, "fifo");
  assert.throws(
    () => renameAt({ directory: root, path: "d/third" }, { directory: root, path: "d/pipe" }, "noreplace"),
    (error) => hasErrno(error, "EEXIST"),
  );
  for (const name of ["link", "third", "pipe"]) unlinkAt(root, `d/${name}`);
  rmdirAt(root, "d");
});

test("statx says what lstat says", () => {
  writeFileSync(join(base, "file"), "12345", { mode: 0o640 });
  utimesAt(root, "file", -5, 999_999_999);
  const ours = statAt(root, "file");
  const node = lstatSync(join(base, "file"), { bigint: true });
  assert.equal(ours.type, "file");
  assert.equal(ours.mode, Number(node.mode) & 0o7777);
  assert.equal(ours.size, 5);
  assert.equal(ours.mtimeSeconds, -5);
  assert.equal(ours.mtimeNanoseconds, 999_999_999);
  assert.equal(BigInt(ours.ctimeSeconds) * 1_000_000_000n + BigInt(ours.ctimeNanoseconds), node.ctimeNs);
  assert.equal(BigInt(ours.inode), node.ino);
  assert.equal(BigInt(ours.device), node.dev);
  const device = statAt(currentDirectory, "/dev/null");
  assert.deepEqual([device.type, device.deviceMajor, device.deviceMinor], ["char", 1, 3]);
  assert.equal(makeDevice(1, 3), Number(lstatSync("/dev/null").rdev));
  assert.equal(statAt(root, "").type, "directory");
});

test("a file system without xattrs is one whose files have none", () => {
  const path = "/proc/self/status";
  assert.equal(getXattr(path, "security.capability"), undefined);
  assert.deepEqual(listXattrs(path), []);
});

test("xattrs keep their exact bytes, by path and by descriptor", () => {
  const path = join(base, "xattrs");
  writeFileSync(path, "");
  const value = Buffer.from([0, 255, 10, 61]);
  setXattr(path, "user.binary", value);
  assert.deepEqual(getXattr(path, "user.binary"), value);
  assert.equal(getXattr(path, "user.none"), undefined);
  const fd = openSync(path, "r+");
  setXattr(fd, "user.empty", Buffer.alloc(0));
  assert.deepEqual(getXattr(fd, "user.empty"), Buffer.alloc(0));
  assert.deepEqual(listXattrs(fd).sort(), ["user.binary", "user.empty"]);
  removeXattr(path, "user.binary");
  removeXattr(fd, "user.empty");
  assert.deepEqual(listXattrs(path), []);
  closeSync(fd);
});

test("a lock is had by one open file at a time, or shared", async () => {
  const path = join(base, "lock");
  writeFileSync(path, "");
  const [first, second] = [openSync(path, "r"), openSync(path, "r")];
  lockBlocking(first, "exclusive");
  assert.equal(tryLock(second, "shared"), false);
  await assert.rejects(waitForLock(second, "exclusive", AbortSignal.timeout(20)), { name: "TimeoutError" });
  const waiting = waitForLock(second, "exclusive");
  unlock(first);
  await waiting;
  assert.equal(tryLock(first, "exclusive"), false);
  closeSync(second);
  assert.equal(tryLock(first, "shared"), true);
  closeSync(first);
});

test("a pipe is a fifo and carries bytes", () => {
  const { readFd, writeFd } = makePipe();
  writeSync(writeFd, "hello");
  const bytes = Buffer.alloc(5);
  readSync(readFd, bytes);
  assert.equal(bytes.toString(), "hello");
  assert.equal(statAt(readFd, "").type, "fifo");
  closeSync(readFd);
  closeSync(writeFd);
});

test("a sealed memfd cannot be written any more", () => {
  const fd = createMemfd("sealed");
  writeSync(fd, "#!");
  sealMemfd(fd);
  assert.throws(() => writeSync(fd, "x"), { code: "EPERM" });
  closeSync(fd);
});

test("copy_file_range copies from a position to the end of the source", () => {
  writeFileSync(join(base, "from"), "x".repeat(5000));
  const from = openSync(join(base, "from"), "r");
  const to = openSync(join(base, "to"), "w");
  assert.equal(copyFileRange({ fd: from, position: 1000 }, to, 1 << 20), 4000);
  assert.equal(copyFileRange({ fd: from, position: 5000 }, to, 1 << 20), 0);
  syncFileSystem(to);
  closeSync(from);
  closeSync(to);
  assert.equal(readFileSync(join(base, "to"), "latin1"), "x".repeat(4000));
});

test("switches are read by name and an unknown one is an error", () => {
  assert.deepEqual([...parseDisabled(" openat2, lowerdir+ ,")], ["openat2", "lowerdir+"]);
  assert.equal(parseDisabled("").size, 0);
  for (const name of ["openat3", "toString", "OPENAT2"])
    assert.throws(() => parseDisabled(name), { code: "FEATURE_MISSING" });
  const before = process.env["TSBUILD_DISABLE"];
  process.env["TSBUILD_DISABLE"] = "clone3";
  assert.ok(disabledFeatures().has("clone3"));
  if (before === undefined) delete process.env["TSBUILD_DISABLE"];
  else process.env["TSBUILD_DISABLE"] = before;
});

test("system call numbers follow the architecture", () => {
  assert.deepEqual([syscallNumber("statx", "x64"), syscallNumber("statx", "arm64")], [332, 291]);
  assert.deepEqual([syscallNumber("openat2", "x64"), syscallNumber("openat2", "arm64")], [437, 437]);
  assert.throws(() => syscallNumber("statx", "ia32"), { code: "FEATURE_MISSING" });
  assert.equal(openFlags.closeOnExec, 0o2000000);
});
