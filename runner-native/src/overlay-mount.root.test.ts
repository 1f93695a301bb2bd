import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withDisabled } from "../test/disabled.ts";
import { mountOverlay } from "./overlay-mount.ts";
import { probeOverlay, probeReflink } from "./probe.ts";
import { openRootDir, rootDirFromFd } from "./root-dir/open-root-dir.ts";
import { rootPath, type TreePath } from "./tree-path.ts";

const path = (text: string): TreePath => text as TreePath;

/** Layers 0 (the top) and up, each with a file of its own and one that all have. */
function makeLayers(count: number, below = ""): { base: string; lower: string[]; [Symbol.dispose](): void } {
  const top = mkdtempSync(join(tmpdir(), "tsbuild-overlay-"));
  const base = join(top, below);
  mkdirSync(base, { recursive: true });
  const lower = Array.from({ length: count }, (_, index) => {
    const layer = join(base, `layer with a name that is rather long, number ${index}`);
    mkdirSync(layer);
    writeFileSync(join(layer, `own-${index}`), "");
    writeFileSync(join(layer, "all"), `from ${index}`);
    return layer;
  });
  return { base, lower, [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }) };
}

function mountCount(): number {
  return readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
}

/** Layers named one by one came with 6.7. */
function takesManyLayers(): boolean {
  const [major = 0, minor = 0] = release().split(".").map(Number.parseFloat);
  return major > 6 || (major === 6 && minor >= 7);
}

const rows: readonly (readonly [string, number, string])[] = [
  ["one layer", 1, ""],
  ["two layers", 2, ""],
  ...(takesManyLayers() ? [["120 layers", 120, ""] as const] : []),
  ["one layer without lowerdir+", 1, "lowerdir+"],
  ["ten layers without lowerdir+", 10, "lowerdir+"],
  ["three layers without openat2", 3, "openat2"],
];

for (const [name, count, disabled] of rows)
  test(`${name} are merged in a mount that is attached nowhere`, () =>
    withDisabled(disabled, () => {
      using layers = makeLayers(count);
      const before = mountCount();
      using merged = rootDirFromFd(mountOverlay(layers));
      assert.equal(mountCount(), before);
      assert.equal(merged.list(rootPath).length, count + 1);
      const fd = merged.openFile(path("all"), 0);
      assert.equal(readFileSync(fd, "utf8"), "from 0");
    }));

test("more layers than an old kernel can name are refused in a sentence", () =>
  withDisabled("lowerdir+", () => {
    using layers = makeLayers(30);
    assert.throws(() => mountOverlay(layers), { code: "FEATURE_MISSING", message: /30 layers/ });
  }));

test("what is switched off is not used", () => {
  using layers = makeLayers(2);
  for (const feature of ["overlay", "fsopen"])
    withDisabled(feature, () => assert.throws(() => mountOverlay(layers), { code: "FEATURE_MISSING" }));
});

test("501 layers are refused before the kernel is asked", () => {
  assert.throws(() => mountOverlay({ lower: new Array<string>(501).fill("/") }), { code: "FEATURE_MISSING" });
});

test("writing goes to the upper directory, with whiteouts for what is removed", () => {
  using layers = makeLayers(3);
  const [upper, work] = [join(layers.base, "upper"), join(layers.base, "work")];
  mkdirSync(upper);
  mkdirSync(work);
  {
    using merged = rootDirFromFd(mountOverlay({ ...layers, writable: { upper, work } }));
    merged.unlink(path("own-2"));
    merged.mkdir(path("new"), 0o755);
  }
  using written = openRootDir(upper);
  assert.deepEqual(written.list(rootPath), ["new", "own-2"]);
  assert.equal(written.lstat(path("own-2")).type, "char");
});

const places: readonly (readonly [string, string])[] = [
  ["longer than the kernel takes", Array.from({ length: 8 }, () => "a directory with a long name").join("/")],
  ["with characters that options use", 'we:ird,na\\me "q" \u00e9'],
];

for (const [name, below] of places)
  for (const disabled of ["", "lowerdir+"])
    test(`paths ${name} are mounted${disabled && ", too, without lowerdir+"}`, () =>
      withDisabled(disabled, () => {
        using layers = makeLayers(3, below);
        const writable = { upper: join(layers.base, "upper"), work: join(layers.base, "work") };
        for (const path of Object.values(writable)) mkdirSync(path);
        using merged = rootDirFromFd(mountOverlay({ ...layers, writable }));
        assert.deepEqual(merged.list(rootPath), ["all", "own-0", "own-1", "own-2"]);
      }));

test("an ordinary file system can hold an upper directory", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-probe-"));
  assert.deepEqual(probeOverlay(directory), { kind: "usable" });
  rmSync(directory, { recursive: true });
});

test("an overlay mount cannot, and the reason is said", () => {
  using layers = makeLayers(2);
  const [upper, work] = [join(layers.base, "upper"), join(layers.base, "work")];
  mkdirSync(upper);
  mkdirSync(work);
  using merged = rootDirFromFd(mountOverlay({ ...layers, writable: { upper, work } }));
  merged.mkdir(path("probe"), 0o700);
  const probe = probeOverlay(`/proc/self/fd/${merged.fd}/probe`);
  assert.ok(probe.kind === "unusable" && probe.reason.includes("itself on an overlay mount"));
});

test("a switch makes overlayfs and reflinks unusable", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-probe-"));
  withDisabled("overlay,reflink", () => {
    assert.equal(probeOverlay(directory).kind, "unusable");
    assert.equal(probeReflink(directory), false);
  });
  assert.equal(typeof probeReflink(directory), "boolean");
  rmSync(directory, { recursive: true });
});

test("tmpfs holds an upper directory and knows no reflinks", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-probe-"));
  // Attached: kernels before 6.8 take no upper directory in a detached mount.
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", directory]);
  try {
    for (const name of ["probe", "reflink"]) mkdirSync(join(directory, name));
    assert.deepEqual(probeOverlay(join(directory, "probe")), { kind: "usable" });
    assert.equal(probeReflink(join(directory, "reflink")), false);
  } finally {
    execFileSync("umount", [directory]);
    rmSync(directory, { recursive: true });
  }
});
