import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesFromText, openRootDir, rootPath } from "@tsbuild/runner-native";
import { evilTars } from "test-images";
import { entry, scratch } from "../../testing/trees.ts";
import type { TarEntry } from "../tar/entry.ts";
import { createTarParser } from "../tar/read.ts";
import { createTarWriter } from "../tar/write.ts";
import { createExtraction } from "./extract.ts";
import { createIndexBuilder, plainDirectory } from "../layer-index/index-builder.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { overlayMarks } from "../layer-index/overlay-marks.ts";

/** Extracts into `directory`, which must be there; the owner stays who runs the test. */
function extract(tar: Uint8Array, directory: string): LayerIndex {
  using root = openRootDir(bytesFromText(directory));
  const builder = createIndexBuilder();
  using extraction = createExtraction(root, { builder, marks: overlayMarks(), ownership: "single" });
  const parser = createTarParser(extraction);
  parser.write(tar);
  parser.finish();
  const index = builder.finish(() => plainDirectory);
  extraction.complete(index, index.entries.get(rootPath) ?? plainDirectory);
  return index;
}

function tarOf(...entries: readonly (TarEntry | readonly [TarEntry, string])[]): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const it of entries) {
    const [header, content] = "path" in it ? [it, ""] : it;
    writer.entry({ ...header, size: content.length }, Buffer.from(content));
  }
  writer.finish();
  return Buffer.concat(chunks);
}

/** `path mode content` of everything in a directory. */
function shown(directory: string, below = ""): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((it) => {
      const name = join(below, it.name);
      const mode = (lstatSync(join(directory, name)).mode & 0o7777).toString(8);
      if (it.isDirectory()) return [`${name}/ ${mode}`, ...shown(directory, name)];
      if (it.isSymbolicLink()) return [`${name} -> ${readlinkSync(join(directory, name))}`];
      if (it.isFile()) return [`${name} ${mode} ${readFileSync(join(directory, name), "utf8")}`.trimEnd()];
      return [`${name} ${it.isCharacterDevice() ? "char" : it.isFIFO() ? "fifo" : "other"}`];
    });
}

const directory = (name: string, fields: Partial<TarEntry> = {}): TarEntry =>
  entry(name, { type: "directory", ...fields });
const link = (name: string, linkTarget: string): TarEntry => entry(name, { type: "symlink", linkTarget });
const hard = (name: string, linkTarget: string): TarEntry => entry(name, { type: "hardlink", linkTarget });

const trees: readonly [name: string, tar: () => Buffer, want: string[]][] = [
  [
    "files, directories and links",
    () => tarOf(directory("d"), [entry("d/f"), "text"], link("l", "d/f")),
    ["d/ 755", "d/f 644 text", "l -> d/f"],
  ],
  [
    "special modes survive",
    () => tarOf(entry("s", { mode: 0o4711 }), directory("t", { mode: 0o1777 })),
    ["s 4711", "t/ 1777"],
  ],
  [
    "a directory that nobody may write to is filled first",
    () => tarOf(directory("d", { mode: 0o500 }), [entry("d/f"), "x"], directory("e")),
    ["d/ 500", "d/f 644 x", "e/ 755"],
  ],
  ["missing parents", () => tarOf([entry("a/b/f"), "x"]), ["a/ 755", "a/b/ 755", "a/b/f 644 x"]],
  [
    "a later entry replaces an earlier one",
    () => tarOf([entry("f"), "old"], [entry("f", { mode: 0o600 }), "new"]),
    ["f 600 new"],
  ],
  [
    "a linked file keeps its bytes when its first name is replaced",
    () => tarOf([entry("a"), "old"], hard("b", "a"), [entry("a"), "new"]),
    ["a 644 new", "b 644 old"],
  ],
  ["a file replaces a directory", () => tarOf([entry("d/e/f"), "x"], entry("d")), ["d 644"]],
  [
    "a directory replaces a link, what comes below is inside",
    () => tarOf(link("d", "/"), directory("d"), entry("d/f")),
    ["d/ 755", "d/f 644"],
  ],
  ["fifos", () => tarOf(entry("p", { type: "fifo" })), ["p fifo"]],
  ["a deleted file is a device for overlayfs", () => tarOf(entry("d/.wh.gone")), ["d/ 755", "d/gone char"]],
  ["what the layer has itself hides the rest alone", () => tarOf(entry("f"), entry(".wh.f")), ["f 644"]],
];
for (const [name, tar, want] of trees)
  test(name, () => {
    using place = scratch();
    extract(tar(), place.path);
    assert.deepEqual(shown(place.path), want);
  });

test("times are those of the archive, of directories too", () => {
  using place = scratch();
  extract(
    tarOf(directory("d", { mtimeSeconds: 11 }), entry("d/f", { mtimeSeconds: -5 }), link("d/l", "f")),
    place.path,
  );
  assert.equal(lstatSync(join(place.path, "d")).mtimeMs, 11_000);
  assert.equal(lstatSync(join(place.path, "d/f")).mtimeMs, -5_000);
  assert.equal(lstatSync(join(place.path, "d/l")).mtimeMs, 1_000_000);
});

test("a marked directory hides what is below for overlayfs", () => {
  using place = scratch();
  extract(tarOf(entry("d/.wh..wh..opq"), entry("e/f"), entry(".wh.e")), place.path);
  using root = openRootDir(bytesFromText(place.path));
  for (const name of ["d", "e"])
    assert.equal(
      root
        .listXattrs(name as typeof rootPath)
        .get(overlayMarks().opaque)
        ?.toString(),
      "y",
      name,
    );
});

for (const evil of evilTars)
  test(`evil: ${evil.name}`, () => {
    using place = scratch();
    const canary = join(place.path, "canary");
    const inside = join(place.path, "outer/root");
    mkdirSync(inside, { recursive: true });
    writeFileSync(canary, "untouched");
    const before = lstatSync(canary);
    const outcome = attempt(() => extract(evil.build(), inside));
    if (evil.expect.kind === "refused") assert.equal(outcome, evil.expect.code);
    if (evil.expect.kind === "unextractable") assert.match(outcome, /^TAR_/);
    if (evil.expect.kind === "contained")
      assert.match(outcome, /^(extracted|TAR_INVALID|TAR_ESCAPES|SYSCALL_FAILED)$/);
    assert.deepEqual(readdirSync(place.path).sort(), ["canary", "outer"]);
    assert.deepEqual(readdirSync(join(place.path, "outer")), ["root"]);
    const after = lstatSync(canary);
    assert.deepEqual(
      [after.ino, after.mode, after.mtimeMs, after.nlink],
      [before.ino, before.mode, before.mtimeMs, before.nlink],
    );
    assert.equal(readFileSync(canary, "utf8"), "untouched");
  });

function attempt(act: () => unknown): string {
  try {
    act();
    return "extracted";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
