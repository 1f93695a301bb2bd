import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bytesFromText, openRootDir } from "@tsbuild/runner-native";
import { treeViewContract } from "../../test/contracts/tree-view.ts";
import { extractLines } from "../../testing/extract-lines.ts";
import { viewOf } from "../../testing/trees.ts";
import { createRootDirView } from "./root-dir-view.ts";

treeViewContract("a view over indexes and tars", async (directory, lines) => viewOf(directory, lines));

treeViewContract("a view over several layers", async (directory, lines) =>
  viewOf(directory, ["d/", "gone: x", "link: a file before", "empty/x"], [".wh.gone", "empty/.wh.x"], lines),
);

treeViewContract("a view over a directory", async (directory, lines) => {
  const tree = join(directory, "tree");
  mkdirSync(tree);
  extractLines(tree, lines);
  return createRootDirView(openRootDir(bytesFromText(tree)));
});
