import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hasErrno } from "../../src/sys/check.ts";
import type { TreePath } from "../../src/tree-path.ts";
import { type OpenRoot, readAll } from "./root-dir.ts";
import { makeTree } from "./tree.ts";

/** `a/swap` is by turns a directory and a link out of the root; `a/deep` moves away while ".." in it is resolved. */
const tree = [
  "file a/swap/file inside",
  "file a/swap/outside/file inside",
  "link a/link ../../../outside",
  "file outside/file inside",
  "file a/deep/x/y/file inside",
  "link a/deep/x/y/up ../../../swap/file",
  "dir b",
];

const opens = 4000;
const swapper = join(import.meta.dirname, "swapper.ts");

/** Renames race with every open; what is read is always inside, and nothing else ever happens than being told so. */
export function rootDirRaceContract(label: string, openRoot: OpenRoot): void {
  test(`${label}: nothing outside is opened while directories and links are exchanged`, async () => {
    using fixture = makeTree(tree);
    using root = openRoot(join(fixture.base, "root"));
    const child = spawn(
      process.execPath,
      [swapper, join(fixture.base, "root"), join(fixture.base, "outside")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    try {
      const counts = { opened: 0, refused: 0 };
      for (let round = 0; round < opens; round += 1)
        for (const path of ["a/swap/file", "a/deep/x/y/up", "a/deep/x/y/file"])
          attempt(path as TreePath, counts);
      assert.ok(counts.opened > 0);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
    assert.equal(readFileSync(join(fixture.base, "outside/file"), "utf8"), "OUTSIDE");

    function attempt(path: TreePath, counts: { opened: number; refused: number }): void {
      try {
        assert.equal(readAll(root.openFile(path, constants.O_RDONLY)), "inside");
        counts.opened += 1;
      } catch (error) {
        // EXDEV is openat2's word for a directory that was moved out of the root while it was being walked.
        if (!hasErrno(error, "ENOENT", "ENOTDIR", "ELOOP", "EXDEV")) throw error;
        counts.refused += 1;
      }
    }
  });
}
