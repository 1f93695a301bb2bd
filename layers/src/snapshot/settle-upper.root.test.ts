import assert from "node:assert/strict";
import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { baseContent, old, runBase, runRows } from "../../test/contracts/run-rows.ts";
import { openMountedChain } from "./mounted-chain.ts";
import { settleUpper } from "./settle-upper.ts";
import { openTreeChain } from "./tree-chain.ts";

/** A chain of two layers, and what a RUN does over it. `at` is the root of the merged tree. */
interface Sandbox {
  readonly upper: string;
  readonly lower: readonly string[];
  run(act: (at: string) => void, stubs?: readonly MountStub[], signal?: AbortSignal): Promise<LayerIndex>;
  [Symbol.dispose](): void;
}

function makeSandbox(openChain = openTreeChain): Sandbox {
  const base = mkdtempSync(join(tmpdir(), "tsbuild-settle-"));
  const [top, bottom, upper, work] = ["top", "bottom", "upper", "work"].map((name) => join(base, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const directory of [upper, work]) mkdirSync(directory);
  for (const [index, tree] of [bottom, top].entries()) {
    mkdirSync(tree);
    for (const line of runBase[index] ?? []) addLine(tree, line);
    age(tree);
  }
  const lower = [top, bottom];
  return {
    upper,
    lower,
    run(act, stubs = [], signal) {
      {
        using merged = rootDirFromFd(mountOverlay({ lower, writable: { upper, work } }));
        act(`/proc/self/fd/${merged.fd}`);
      }
      return settleUpper({ upper, lower, stubs, openChain, ...(signal && { signal }) });
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}

function addLine(tree: string, line: string): void {
  const [, path = "", how, target = ""] = /^(.*?)(?: (->|=) (.*))?$/.exec(line) ?? [];
  if (how === "->") symlinkSync(target, join(tree, path));
  else if (how === "=") linkSync(join(tree, target), join(tree, path));
  else if (path.endsWith("/")) mkdirSync(join(tree, path));
  else writeFileSync(join(tree, path), baseContent(path));
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

const chains = { trees: openTreeChain, mount: openMountedChain };

for (const [chain, openChain] of Object.entries(chains))
  for (const [name, act, want] of runRows)
    test(`by ${chain}: ${name} gives ${want.join(", ") || "an empty layer"}`, async () => {
      using sandbox = makeSandbox(openChain);
      const index = await sandbox.run(act);
      assert.deepEqual(told(index), want);
      const paths = [...index.entries.keys(), ...index.whiteouts].filter((path) => path !== "").sort();
      assert.deepEqual(treeOf(sandbox.upper), paths, "the tree holds exactly that");
      for (const path of treeOf(sandbox.upper))
        assert.deepEqual(
          listXattrs(join(sandbox.upper, path)).filter((key) => key.includes("overlay")),
          [],
        );
    });

test("a settled tree shows the same as the upper directory did", async () => {
  using sandbox = makeSandbox();
  let before: string[] = [];
  await sandbox.run((at) => {
    rmSync(join(at, "d"), { recursive: true });
    mkdirSync(join(at, "d/sub"), { recursive: true });
    writeFileSync(join(at, "etc/a"), "new");
    unlinkSync(join(at, "etc/top"));
    before = treeOf(at);
  });
  using merged = rootDirFromFd(mountOverlay({ lower: [sandbox.upper, ...sandbox.lower] }));
  assert.deepEqual(treeOf(`/proc/self/fd/${merged.fd}`), before);
});

test("times keep their nanoseconds, also of directories in which whiteouts were made", async () => {
  using sandbox = makeSandbox();
  let time = 0n;
  const index = await sandbox.run((at) => {
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

test("a socket reaches no layer, and what it replaced stays removed", async () => {
  using sandbox = makeSandbox();
  const index = await sandbox.run((at) => {
    unlinkSync(join(at, "big"));
    for (const path of ["big", "etc/socket"])
      mknodAt(currentDirectory, join(at, path), { type: "socket", mode: 0o600 });
  });
  assert.deepEqual(told(index), ["- big"]);
  assert.deepEqual(treeOf(sandbox.upper), ["big"]);
});

test("a file whose name would mean a whiteout is refused", async () => {
  using sandbox = makeSandbox();
  await assert.rejects(
    sandbox.run((at) => writeFileSync(join(at, "etc/.wh.a"), "")),
    {
      code: "COPY_CONFLICT",
    },
  );
});

const stub = (path: string, type: "file" | "directory"): MountStub => ({
  path,
  type,
  parentMtimeSeconds: old,
  parentMtimeNanoseconds: 7,
});

test("stubs that nobody used are dropped, with the parents made for them", async () => {
  using sandbox = makeSandbox();
  const stubs = [
    stub("proc", "directory"),
    stub("run", "directory"),
    stub("run/secrets", "directory"),
    stub("run/secrets/key", "file"),
    stub("etc/resolv.conf", "file"),
  ];
  const index = await sandbox.run((at) => {
    for (const { path, type } of stubs)
      if (type === "file") writeFileSync(join(at, path), "");
      else mkdirSync(join(at, path));
  }, stubs);
  assert.deepEqual(told(index), []);
  assert.deepEqual(treeOf(sandbox.upper), []);
});

test("stubs that were filled stay", async () => {
  using sandbox = makeSandbox();
  const stubs = [stub("run", "directory"), stub("etc/hosts", "file"), stub("etc/resolv.conf", "file")];
  const index = await sandbox.run((at) => {
    mkdirSync(join(at, "run"));
    writeFileSync(join(at, "run/pid"), "1");
    writeFileSync(join(at, "etc/hosts"), "127.0.0.1");
    writeFileSync(join(at, "etc/resolv.conf"), "");
  }, stubs);
  assert.deepEqual(told(index), ["directory etc", "file etc/hosts", "directory run", "file run/pid"]);
});

test("the time of a directory is as before when only stubs were made in it", async () => {
  using sandbox = makeSandbox();
  const index = await sandbox.run(
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

test("settling ends with the signal, and others have their turn meanwhile", async () => {
  using sandbox = makeSandbox();
  const stop = new AbortController();
  const reason = new Error("enough");
  setImmediate(() => stop.abort(reason));
  const manyFiles = (at: string): void => {
    for (let count = 0; count < 1000; count++) writeFileSync(join(at, `file${count}`), "");
  };
  await assert.rejects(sandbox.run(manyFiles, [], stop.signal), reason);
});

test("file capabilities are kept in their portable form", async () => {
  using sandbox = makeSandbox();
  // VFS_CAP_REVISION_2 with cap_net_raw
  const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
  const index = await sandbox.run((at) => setXattr(join(at, "big"), "security.capability", capability));
  assert.deepEqual(index.entries.get("big" as never)?.xattrs?.get("security.capability"), capability);
  assert.deepEqual(getXattr(join(sandbox.upper, "big"), "security.capability"), capability);
});
