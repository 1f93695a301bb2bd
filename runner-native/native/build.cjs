// Compiles the static helper into runner-native/dist. Run by `npm run prepare`, on any Node.
"use strict";
const { createHash } = require("node:crypto");
const { spawnSync } = require("node:child_process");
const { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const directory = __dirname;
const output = join(directory, "..", "dist", "tsbuild-helper");
const stamp = `${output}.stamp`;
const flags = ["-std=gnu11", "-Os", "-Wall", "-Wextra", "-static", "-s"];
// musl makes a binary of a tenth of glibc's size, which starts faster.
const compilers = ["musl-gcc", "gcc", "cc"];

function sources() {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".c"))
    .sort();
}

/** Changes whenever the binary would. */
function fingerprint() {
  const hash = createHash("sha256").update(JSON.stringify([flags, compilers, process.arch]));
  for (const name of [...sources(), "helper.h"])
    hash.update(name).update(readFileSync(join(directory, name)));
  return hash.digest("hex");
}

function upToDate(wanted) {
  try {
    readFileSync(output);
    return readFileSync(stamp, "utf8") === wanted;
  } catch {
    return false; // not built yet
  }
}

function compile(compiler) {
  const temporary = `${output}.${process.pid}`;
  const result = spawnSync(compiler, [...flags, "-o", temporary, ...sources()], {
    cwd: directory,
    encoding: "utf8",
  });
  if (result.status !== 0)
    return result.error ? `${compiler}: not installed` : `${compiler}: ${result.stderr}`;
  renameSync(temporary, output);
  return undefined;
}

function main() {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    return `tsbuild runs on Linux on x64 and arm64, not on ${process.platform} ${process.arch}`;
  }
  const wanted = fingerprint();
  if (upToDate(wanted)) return undefined;
  mkdirSync(join(directory, "..", "dist"), { recursive: true });
  const failures = [];
  for (const compiler of compilers) {
    const failure = compile(compiler);
    if (failure === undefined) {
      writeFileSync(stamp, wanted);
      return undefined;
    }
    failures.push(failure);
  }
  return [
    "the helper that runs build steps could not be compiled:",
    ...failures.map((failure) => `  ${failure.trimEnd().replaceAll("\n", "\n    ")}`),
    "On Debian install a C compiler with: apt-get install gcc libc6-dev   (or: musl-tools)",
  ].join("\n");
}

const problem = main();
if (problem !== undefined) {
  console.error(`tsbuild: ${problem}`);
  process.exitCode = 1;
}
