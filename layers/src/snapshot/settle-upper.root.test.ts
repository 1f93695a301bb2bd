import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  currentDirectory,
  getXattr,
  listXattrs,
  type MountStub,
  mknodAt,
  mountOverlay,
  rootDirFromFd,
  setXattr,
} from "@tsbuild/runner-native";
import type { LayerIndex } from "../layer/layer-index.ts";
import { settleUpper } from "./settle-upper.ts";

/** A chain of two layers, and what a RUN does over it. `at` is the root of the merged tree. */
interface Sandbox {
  readonly upper: string;
  readonly lower: readonly string[];
  run(act: (at: string) => void, stubs?: readonly MountStub[]): LayerIndex;
  [Symbol.dispose](): void;
}

const old = 1_000_000_000;

function makeSandbox(): Sandbox {
  const base = mkdtempSync(join(tmpdir(), "tsbuild-settle-"));
  const [top, bottom, upper, work] = ["top", "bottom", "upper", "work"].map((name) => join(base, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const directory of [upper, work]) mkdirSync(directory);
  for (const directory of ["etc/deep/er", "d/sub", "empty"])
    mkdirSync(join(bottom, directory), { recursive: true });
  for (const file of ["etc/a", "etc/b", "etc/deep/er/file", "d/one", "d/two", "d/sub/three", "big"])
    writeFileSync(join(bottom, file), `content of ${file}`);
  for (const twin of ["etc/twin", "d/twin"]) writeFileSync(join(bottom, twin), "twin");
  symlinkSync("a", join(bottom, "etc/link"));
  linkSync(join(bottom, "etc/b"), join(bottom, "etc/b2"));
  mkdirSync(join(top, "etc"), { recursive: true });
  writeFileSync(join(top, "etc/top"), "top");
  for (const tree of [top, bottom]) age(tree);
  const lower = [top, bottom];
  return {
    upper,
    lower,
    run(act, stubs = []) {
      {
        using merged = rootDirFromFd(mountOverlay({ lower, writable: { upper, work } }));
        act(`/proc/self/fd/${merged.fd}`);
      }
      return settleUpper({ upper, lower, stubs });
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}

function age(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path).isDirectory()) age(path);
    else lutimesSync(path, old, old);
  }
  utimesSync(directory, old, old);
}

/** "type path" of each entry, "- path" of each whiteout. */
function told(index: LayerIndex): string[] {
  const entries = Array.from(index.entries.values(), (entry) =>
    entry.type === "hardlink" ? `hardlink ${entry.path} ${entry.linkTarget}` : `${entry.type} ${entry.path}`,
  );
  assert.equal(index.opaques.size, 0);
  return [...entries, ...[...index.whiteouts].sort().map((path) => `- ${path}`)];
}

function treeOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
}

const rows: readonly (readonly [string, (at: string) => void, readonly string[]])[] = [
  ["nothing at all", () => {}, []],
  ["reading", (at) => void readdirSync(join(at, "etc")), []],
  ["a new file", (at) => writeFileSync(join(at, "new"), "x"), ["file new"]],
  [
    "a new file in an old directory brings the directories above it",
    (at) => writeFileSync(join(at, "etc/deep/er/new"), "x"),
    ["directory etc", "directory etc/deep", "directory etc/deep/er", "file etc/deep/er/new"],
  ],
  ["a changed file", (at) => writeFileSync(join(at, "etc/a"), "changed"), ["directory etc", "file etc/a"]],
  [
    "content changed with size and time as before",
    (at) => {
      writeFileSync(join(at, "etc/a"), "CONTENT of etc/a");
      utimesSync(join(at, "etc/a"), old, old);
    },
    ["directory etc", "file etc/a"],
  ],
  ["a touched file", (at) => utimesSync(join(at, "etc/a"), old, old + 1), ["directory etc", "file etc/a"]],
  ["a file opened for writing and left alone", (at) => closeSync(openSync(join(at, "etc/a"), "r+")), []],
  [
    "a mode changed and changed back",
    (at) => {
      chmodSync(join(at, "etc/deep/er/file"), 0o600);
      chmodSync(join(at, "etc/deep/er/file"), 0o644);
    },
    [],
  ],
  ["a changed mode of a directory", (at) => chmodSync(join(at, "empty"), 0o700), ["directory empty"]],
  ["a changed owner", (at) => chownSync(join(at, "big"), 7, 8), ["file big"]],
  ["the time of a directory alone", (at) => utimesSync(join(at, "empty"), 5, 5), []],
  [
    "a file made and removed",
    (at) => {
      writeFileSync(join(at, "etc/deep/temporary"), "");
      unlinkSync(join(at, "etc/deep/temporary"));
    },
    [],
  ],
  ["a removed file", (at) => unlinkSync(join(at, "etc/a")), ["directory etc", "- etc/a"]],
  ["a removed directory", (at) => rmSync(join(at, "d"), { recursive: true }), ["- d"]],
  [
    "a directory removed and made again has a whiteout for each old name",
    (at) => {
      rmSync(join(at, "d"), { recursive: true });
      mkdirSync(join(at, "d/sub"), { recursive: true });
      writeFileSync(join(at, "d/one"), "new one");
    },
    ["directory d", "file d/one", "directory d/sub", "- d/sub/three", "- d/twin", "- d/two"],
  ],
  [
    "a directory removed and put back as it was",
    (at) => {
      cpSync(join(at, "d"), join(at, "copy"), { recursive: true, preserveTimestamps: true });
      rmSync(join(at, "d"), { recursive: true });
      renameSync(join(at, "copy"), join(at, "d"));
    },
    [],
  ],
  [
    "a file in place of a directory",
    (at) => {
      rmSync(join(at, "d"), { recursive: true });
      writeFileSync(join(at, "d"), "");
    },
    ["file d"],
  ],
  [
    "a directory in place of a file",
    (at) => {
      unlinkSync(join(at, "big"));
      mkdirSync(join(at, "big"));
    },
    ["directory big"],
  ],
  [
    "a link changed",
    (at) => {
      unlinkSync(join(at, "etc/link"));
      symlinkSync("b", join(at, "etc/link"));
    },
    ["directory etc", "symlink etc/link"],
  ],
  [
    "a link made again, time and all",
    (at) => {
      unlinkSync(join(at, "etc/link"));
      symlinkSync("a", join(at, "etc/link"));
      lutimesSync(join(at, "etc/link"), old, old);
    },
    [],
  ],
  [
    "a new hard link to an old file is a copy, and the old name is not listed",
    (at) => linkSync(join(at, "etc/a"), join(at, "etc/linked")),
    ["directory etc", "file etc/linked"],
  ],
  [
    "new hard links of a new file, the first by bytes holding the data",
    (at) => {
      writeFileSync(join(at, "n"), "x");
      linkSync(join(at, "n"), join(at, "m"));
      linkSync(join(at, "n"), join(at, "etc/l"));
    },
    ["directory etc", "file etc/l", "hardlink m etc/l", "hardlink n etc/l"],
  ],
  [
    "two equal files that become one",
    (at) => {
      unlinkSync(join(at, "d/twin"));
      linkSync(join(at, "etc/twin"), join(at, "d/twin"));
    },
    ["directory d", "file d/twin", "directory etc", "hardlink etc/twin d/twin"],
  ],
  [
    "a changed mode of one of two old links",
    (at) => chmodSync(join(at, "etc/b2"), 0o600),
    ["directory etc", "file etc/b2"],
  ],
  ["the mode of the root", (at) => chmodSync(at, 0o700), ["directory "]],
  [
    "attributes that are kept",
    (at) => setXattr(join(at, "etc/a"), "user.mine", Buffer.from("x")),
    ["directory etc", "file etc/a"],
  ],
  [
    "attributes that are not kept",
    (at) => setXattr(join(at, "etc/a"), "trusted.other", Buffer.from("x")),
    [],
  ],
  [
    "a marker of overlayfs that the RUN forged",
    (at) => setXattr(join(at, "empty"), "user.overlay.opaque", Buffer.from("y")),
    [],
  ],
];

for (const [name, act, want] of rows)
  test(`${name} gives ${want.join(", ") || "an empty layer"}`, () => {
    using sandbox = makeSandbox();
    const index = sandbox.run(act);
    assert.deepEqual(told(index), want);
    const paths = [...index.entries.keys(), ...index.whiteouts].filter((path) => path !== "").sort();
    assert.deepEqual(treeOf(sandbox.upper), paths, "the tree holds exactly that");
    for (const path of treeOf(sandbox.upper))
      assert.deepEqual(
        listXattrs(join(sandbox.upper, path)).filter((key) => key.includes("overlay")),
        [],
      );
  });

test("a settled tree shows the same as the upper directory did", () => {
  using sandbox = makeSandbox();
  let before: string[] = [];
  sandbox.run((at) => {
    rmSync(join(at, "d"), { recursive: true });
    mkdirSync(join(at, "d/sub"), { recursive: true });
    writeFileSync(join(at, "etc/a"), "new");
    unlinkSync(join(at, "etc/top"));
    before = treeOf(at);
  });
  using merged = rootDirFromFd(mountOverlay({ lower: [sandbox.upper, ...sandbox.lower] }));
  assert.deepEqual(treeOf(`/proc/self/fd/${merged.fd}`), before);
});

test("times keep their nanoseconds, also of directories in which whiteouts were made", () => {
  using sandbox = makeSandbox();
  let time = 0n;
  const index = sandbox.run((at) => {
    rmSync(join(at, "d"), { recursive: true });
    mkdirSync(join(at, "d"));
    time = lstatSync(join(at, "d"), { bigint: true }).mtimeNs;
  });
  const entry = index.entries.get("d" as never);
  assert.equal(
    BigInt(entry?.mtimeSeconds ?? 0) * 1_000_000_000n + BigInt(entry?.mtimeNanoseconds ?? 0),
    time,
  );
  assert.equal(lstatSync(join(sandbox.upper, "d"), { bigint: true }).mtimeNs, time);
});

test("a socket reaches no layer, and what it replaced stays removed", () => {
  using sandbox = makeSandbox();
  const index = sandbox.run((at) => {
    unlinkSync(join(at, "big"));
    for (const path of ["big", "etc/socket"])
      mknodAt(currentDirectory, join(at, path), { type: "socket", mode: 0o600 });
  });
  assert.deepEqual(told(index), ["- big"]);
  assert.deepEqual(treeOf(sandbox.upper), ["big"]);
});

test("a file whose name would mean a whiteout is refused", () => {
  using sandbox = makeSandbox();
  assert.throws(() => sandbox.run((at) => writeFileSync(join(at, "etc/.wh.a"), "")), {
    code: "COPY_CONFLICT",
  });
});

const stub = (path: string, type: "file" | "directory"): MountStub => ({
  path,
  type,
  parentMtimeSeconds: old,
  parentMtimeNanoseconds: 7,
});

test("stubs that nobody used are dropped, with the parents made for them", () => {
  using sandbox = makeSandbox();
  const stubs = [
    stub("proc", "directory"),
    stub("run", "directory"),
    stub("run/secrets", "directory"),
    stub("run/secrets/key", "file"),
    stub("etc/resolv.conf", "file"),
  ];
  const index = sandbox.run((at) => {
    for (const { path, type } of stubs)
      if (type === "file") writeFileSync(join(at, path), "");
      else mkdirSync(join(at, path));
  }, stubs);
  assert.deepEqual(told(index), []);
  assert.deepEqual(treeOf(sandbox.upper), []);
});

test("stubs that were filled stay", () => {
  using sandbox = makeSandbox();
  const stubs = [stub("run", "directory"), stub("etc/hosts", "file"), stub("etc/resolv.conf", "file")];
  const index = sandbox.run((at) => {
    mkdirSync(join(at, "run"));
    writeFileSync(join(at, "run/pid"), "1");
    writeFileSync(join(at, "etc/hosts"), "127.0.0.1");
    writeFileSync(join(at, "etc/resolv.conf"), "");
  }, stubs);
  assert.deepEqual(told(index), ["directory etc", "file etc/hosts", "directory run", "file run/pid"]);
});

test("the time of a directory is as before when only stubs were made in it", () => {
  using sandbox = makeSandbox();
  const index = sandbox.run(
    (at) => {
      writeFileSync(join(at, "etc/resolv.conf"), "");
      writeFileSync(join(at, "etc/deep/er/file"), "changed");
    },
    [stub("etc/resolv.conf", "file")],
  );
  assert.deepEqual(told(index), [
    "directory etc",
    "directory etc/deep",
    "directory etc/deep/er",
    "file etc/deep/er/file",
  ]);
  const { mtimeSeconds, mtimeNanoseconds } = index.entries.get("etc" as never) ?? {};
  assert.deepEqual([mtimeSeconds, mtimeNanoseconds], [old, 7]);
  assert.equal(
    lstatSync(join(sandbox.upper, "etc"), { bigint: true }).mtimeNs,
    BigInt(old) * 1_000_000_000n + 7n,
  );
});

test("file capabilities are kept in their portable form", () => {
  using sandbox = makeSandbox();
  // VFS_CAP_REVISION_2 with cap_net_raw
  const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
  const index = sandbox.run((at) => setXattr(join(at, "big"), "security.capability", capability));
  assert.deepEqual(index.entries.get("big" as never)?.xattrs?.get("security.capability"), capability);
  assert.deepEqual(getXattr(join(sandbox.upper, "big"), "security.capability"), capability);
});
