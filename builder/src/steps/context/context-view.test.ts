import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TreePath } from "@tsbuild/runner-native";
import type { PathCursor } from "../../dockerfile/ignore/path-matcher.ts";
import { createContextView } from "./context-view.ts";

test("a file that becomes a directory while its directory is read is a directory", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-context-"));
  const path = join(directory, "name");
  writeFileSync(path, "");
  // The patterns are asked between the reading of the names and the look at each.
  const ignored: PathCursor = {
    isExcluded: false,
    mayIncludeBelow: true,
    enter: (name) => {
      if (name !== "name") return ignored;
      rmSync(path);
      mkdirSync(path);
      writeFileSync(join(path, "below"), "");
      return ignored;
    },
  };
  try {
    using view = createContextView(directory, { ignored, isPlain: () => true });
    assert.equal(view.lookup("name" as TreePath)?.type, "directory");
    assert.deepEqual(view.list("name" as TreePath), ["below"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
