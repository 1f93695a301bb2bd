import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadBase } from "./load-base.ts";

/** `npm run hello`: makes a busybox base, loads it into a store of its own, and builds the hello image from it. */
const repository = join(import.meta.dirname, "..", "..");
const root = join(repository, ".tsbuild");
mkdirSync(root, { recursive: true, mode: 0o700 });

console.log("1. a busybox base, made here and loaded as docker.io/library/busybox:latest");
await loadBase(root, "busybox");

const context = join("test-images", "hello");
console.log(`2. tsbuild -t hello ${context}\n`);
const command = join(repository, "cli", "bin", "tsbuild.cjs");
const { status } = spawnSync(process.execPath, [command, "-t", "hello", context], {
  cwd: repository,
  stdio: "inherit",
  env: { ...process.env, TSBUILD_ROOT: root },
});
process.exitCode = status ?? 1;
if (status === 0)
  console.log(`\nThe image is in ${root}; look at it with: npx tsbuild images --root .tsbuild`);
