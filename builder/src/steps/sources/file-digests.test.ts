import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createRootDirView, type Digest, digestOf, type ViewEntry } from "@tsbuild/layers";
import { bytesFromText, openRootDir, rootPath, type TreePath } from "@tsbuild/runner-native";
import { digestRead } from "./file-digests.ts";
import type { Read } from "./reads.ts";

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "tsbuild-digests-"));
});
after(() => rmSync(directory, { recursive: true }));

/** Reads the files of the directory by name. */
const read = {
  places: () => [rootPath],
  *digest(view, { remembered }) {
    const digests: [string, Digest][] = [];
    for (const name of view.list(rootPath) as TreePath[])
      digests.push([name, remembered?.(name, view.lookup(name) as ViewEntry) ?? (yield name)]);
    return digests;
  },
} as Pick<Read, "places" | "digest"> as Read;

const { signal } = new AbortController();

test("files of any size are hashed once, and known ones not at all", async () => {
  const contents = new Map<string, Buffer>([
    ["empty", Buffer.alloc(0)],
    ["small", Buffer.from("content")],
    ["a slice", Buffer.alloc(1 << 20, 1)],
    ["slices and a bit", Buffer.alloc((3 << 20) + 7, 2)],
  ]);
  for (const [name, content] of contents) writeFileSync(join(directory, name), content);
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const digests = new Map<TreePath, Digest>();
  const value = await digestRead(view, read, { xattrs: "context", digests, signal });
  const expected = [...contents].map(([name, content]) => [name, digestOf(content)]);
  assert.deepEqual(new Map(value as [string, Digest][]), new Map(expected as [string, Digest][]));
  for (const [name] of contents) writeFileSync(join(directory, name), "changed");
  const again = await digestRead(view, read, { xattrs: "context", digests, signal });
  assert.deepEqual(again, value);
});

test("hashing ends with the signal's reason, in the middle of a file", async () => {
  writeFileSync(join(directory, "large"), Buffer.alloc(64 << 20));
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const controller = new AbortController();
  const reason = new Error("stop");
  setImmediate(() => controller.abort(reason));
  const hashing = digestRead(view, read, {
    xattrs: "context",
    digests: new Map(),
    signal: controller.signal,
  });
  await assert.rejects(hashing, reason);
});
