import type { TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { isWhiteoutName } from "../layer-index/whiteout.ts";

/** @throws COPY_CONFLICT for a name that a layer would read as "removed". */
export function refuseUnstorable(path: TreePath, name: string): void {
  if (!isWhiteoutName(name)) return;
  throw layersError("COPY_CONFLICT", `the file ${JSON.stringify(path)} cannot be stored in a layer`, {
    hint: "names that begin with .wh. mean deleted files there; remove or rename it in the same RUN",
  });
}
