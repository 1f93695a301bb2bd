// Exchanges a directory and a link, and moves a directory out of the root and back, until it is killed.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { argv, stdout } from "node:process";
import { currentDirectory, renameAt } from "../../src/sys/files.ts";

const [root = "", outside = ""] = argv.slice(2);
symlinkSync(outside, join(root, "a/escape"));

function rename(from: string, to: string, mode: "replace" | "exchange"): void {
  renameAt({ directory: currentDirectory, path: from }, { directory: currentDirectory, path: to }, mode);
}

stdout.write("ready\n");
for (;;) {
  rename(join(root, "a/swap"), join(root, "a/link"), "exchange");
  rename(join(root, "a/swap"), join(root, "a/escape"), "exchange");
  rename(join(root, "a/deep"), join(outside, "deep"), "replace");
  rename(join(outside, "deep"), join(root, "a/deep"), "replace");
  rename(join(root, "a/swap"), join(root, "a/escape"), "exchange");
  rename(join(root, "a/swap"), join(root, "a/link"), "exchange");
}
