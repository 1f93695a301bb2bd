import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTar } from "../../testing/tars.ts";
import { scratch } from "../../testing/trees.ts";

const deep = `${"long directory name/".repeat(7)}leaf`;
const longName = `${"n".repeat(150)}`;
const longTarget = `${"../".repeat(50)}target`;

/** Names in the order they are put into the archive. */
const shortNames = ["dir", "dir/file", "dir/link", "dir/second name", "empty", "pipe"];
/** The oldest format has no fifos. */
const oldNames = shortNames.filter((name) => name !== "pipe");
const longNames = [...shortNames, deep, longName, "far"];
/** Not UTF-8. */
const bytesName = "caf\xe9";

function makeTree(root: string): void {
  mkdirSync(join(root, "dir"));
  writeFileSync(join(root, "dir/file"), "content of the file");
  linkSync(join(root, "dir/file"), join(root, "dir/second name"));
  symlinkSync("file", join(root, "dir/link"));
  writeFileSync(join(root, "empty"), "");
  execFileSync("mkfifo", [join(root, "pipe")]);
  mkdirSync(join(root, deep, ".."), { recursive: true });
  writeFileSync(join(root, deep), "x".repeat(5000));
  writeFileSync(join(root, longName), "long");
  symlinkSync(longTarget, join(root, "far"));
  writeFileSync(Buffer.from(`${root}/${bytesName}`, "latin1"), "bytes");
  for (const name of ["dir/file", "empty", deep, longName])
    utimesSync(join(root, name), 1_500_000_000, 1_500_000_000.5);
  lutimesSync(join(root, "dir/link"), 0, 86_400);
  utimesSync(join(root, "dir"), 0, 1_600_000_000);
}

interface Seen {
  readonly type: string;
  readonly link?: string;
  readonly content?: string;
  readonly seconds?: number;
}

const expected: Readonly<Record<string, Seen>> = {
  dir: { type: "directory", seconds: 1_600_000_000 },
  "dir/file": { type: "file", content: "content of the file", seconds: 1_500_000_000 },
  "dir/link": { type: "symlink", link: "file", seconds: 86_400 },
  "dir/second name": { type: "hardlink", link: "dir/file" },
  empty: { type: "file", content: "", seconds: 1_500_000_000 },
  pipe: { type: "fifo" },
  [deep]: { type: "file", content: "x".repeat(5000), seconds: 1_500_000_000 },
  [longName]: { type: "file", content: "long", seconds: 1_500_000_000 },
  far: { type: "symlink", link: longTarget },
  [bytesName]: { type: "file", content: "bytes" },
};

const python = (format: string): string =>
  `import sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.${format}, encoding="utf-8", errors="surrogateescape")
for name in sys.argv[1:]: t.add(name, recursive=False)
t.close()`;

type Writer = readonly [name: string, command: string, options: readonly string[], names: readonly string[]];

const writers: readonly Writer[] = [
  ...["gnu", "oldgnu", "posix"].map(
    (format): Writer => [
      `GNU tar, ${format}`,
      "tar",
      [`--format=${format}`, "--no-recursion", "-cf", "-"],
      longNames,
    ],
  ),
  ["GNU tar, ustar", "tar", ["--format=ustar", "--no-recursion", "-cf", "-"], shortNames],
  ["GNU tar, v7", "tar", ["--format=v7", "--no-recursion", "-cf", "-"], oldNames],
  ...["pax", "gnutar"].map(
    (format): Writer => [`bsdtar, ${format}`, "bsdtar", [`--format=${format}`, "-n", "-cf", "-"], longNames],
  ),
  ["bsdtar, ustar", "bsdtar", ["--format=ustar", "-n", "-cf", "-"], shortNames],
  ["Python, pax", "python3", ["-c", python("PAX_FORMAT")], longNames],
  ["Python, gnu", "python3", ["-c", python("GNU_FORMAT")], longNames],
  ["Python, ustar", "python3", ["-c", python("USTAR_FORMAT")], shortNames],
  ["busybox", "busybox", ["tar", "--no-recursion", "-cf", "-"], longNames],
];

for (const [name, command, options, names] of writers)
  test(`an archive of ${name} is read`, () => {
    using directory = scratch();
    makeTree(directory.path);
    const all = names === longNames ? [...names, bytesName] : names;
    // execFile passes text only; a shell can be told the bytes.
    const script = `exec ${[command, ...options].map(quote).join(" ")} ${all.map(quote).join(" ")}`;
    const tar = execFileSync("bash", ["-c", script], {
      cwd: directory.path,
      env: { ...process.env, LC_ALL: "C.UTF-8" },
      // bsdtar remarks on the name that is not UTF-8.
      stdio: ["ignore", "pipe", "ignore"],
    });
    const read = readTar(tar, 1000).map(({ entry, content }) => [entry, content] as const);
    assert.deepEqual(
      read.map(([entry]) => entry.path),
      all,
    );
    for (const [entry, content] of read) {
      const want = expected[entry.path] as Seen;
      assert.equal(entry.type, want.type, entry.path);
      assert.equal(entry.linkTarget, want.link, entry.path);
      if (want.content !== undefined) assert.equal(content.toString(), want.content, entry.path);
      if (want.seconds !== undefined) assert.equal(entry.mtimeSeconds, want.seconds, entry.path);
      assert.equal(entry.uid, process.getuid?.());
      assert.equal(entry.gid, process.getgid?.());
    }
  });

function quote(bytes: string): string {
  const escaped = Array.from(
    Buffer.from(bytes, "latin1"),
    (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `$'${escaped.join("")}'`;
}

test("nanoseconds and large owners of GNU tar are read", () => {
  using directory = scratch();
  writeFileSync(join(directory.path, "f"), "");
  const options = ["--mtime=1960-01-02 03:04:05.123456789Z", "--owner=:4000000000", "--group=:3000000"];
  for (const format of ["gnu", "posix"]) {
    const tar = execFileSync("tar", [`--format=${format}`, ...options, "-cf", "-", "f"], {
      cwd: directory.path,
    });
    const [read] = readTar(tar);
    assert.equal(read?.entry.uid, 4_000_000_000);
    assert.equal(read?.entry.gid, 3_000_000);
    assert.equal(read?.entry.mtimeSeconds, Date.UTC(1960, 0, 2, 3, 4, 5) / 1000);
    assert.equal(read?.entry.mtimeNanoseconds, format === "posix" ? 123_456_789 : 0);
  }
});

test("an archive of git is read, its global comment passed over", () => {
  using directory = scratch();
  const git = (...args: string[]): Buffer =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: directory.path });
  git("init", "-q");
  writeFileSync(join(directory.path, "f"), "of git");
  git("add", "f");
  git("commit", "-q", "-m", "one");
  const read = readTar(git("archive", "--format=tar", "--prefix=p/", "HEAD"));
  assert.deepEqual(
    read.map(({ entry, content }) => [entry.path, content.toString()]),
    [
      ["p", ""],
      ["p/f", "of git"],
    ],
  );
});
