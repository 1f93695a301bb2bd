import { basename, dirname } from "node:path";
import { bytesFromText, openRootDir, type TreePath } from "@tsbuild/runner-native";

/** Removes a directory of our own with everything in it, whatever a RUN left there; silent when it is gone. */
export function removeDirectory(path: string): void {
  using parent = openRootDir(bytesFromText(dirname(path)));
  parent.remove(bytesFromText(basename(path)) as TreePath);
}
