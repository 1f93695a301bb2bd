import { closeSync, constants, fstatSync } from "node:fs";
import type { RootDir, TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { OpenContent } from "./tree-view.ts";

/** Opens a regular file; links in its directory part are followed inside the root, a last one is refused. */
export function openedFile(root: RootDir, path: TreePath): OpenContent {
  const fd = root.openFile(path, constants.O_RDONLY, { lastLink: "nofollow" });
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, offset: 0, size: stat.size, close: () => closeSync(fd) };
  closeSync(fd);
  throw layersError("CONTENT_CHANGED", `${JSON.stringify(path)} is no regular file any more`);
}
