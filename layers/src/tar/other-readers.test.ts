import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryEntry } from "../../testing/arbitrary-entries.ts";
import { bsdtarListings, ownListing, pythonListings } from "../../testing/other-readers.ts";
import { tarOf } from "../../testing/tars.ts";
import { entry } from "../../testing/trees.ts";
import type { TarEntry } from "./entry.ts";

/** Random archives without names that our canonical form and theirs spell differently. */
function samples(count: number): Buffer[] {
  return fc
    .sample(fc.array(arbitraryEntry, { minLength: 1, maxLength: 6 }), { numRuns: count, seed: 7 })
    .map((entries) => tarOf(...entries.map(({ entry: it, content }) => [it, content] as const)));
}

test("Python lists what we write as we do", () => {
  const tars = samples(200);
  const listings = pythonListings(tars);
  for (const [at, tar] of tars.entries()) assert.deepEqual(listings[at], ownListing(tar));
});

test("bsdtar lists what we write as we do", () => {
  const tars = samples(60);
  const listings = bsdtarListings(tars);
  for (const [at, tar] of tars.entries()) assert.deepEqual(listings[at], ownListing(tar));
});

const letters: Readonly<Record<TarEntry["type"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  hardlink: "h",
  char: "c",
  block: "b",
  fifo: "p",
};

const rows: readonly (readonly [entry: TarEntry, content?: Buffer])[] = [
  [entry("", { type: "directory", mode: 0o1777 })],
  [entry("d", { type: "directory", uid: 1000, gid: 1000, mode: 0o700 })],
  [entry("d/f", { size: 3, mode: 0o4755 }), Buffer.from("abc")],
  [entry("d/hard", { type: "hardlink", linkTarget: "d/f" })],
  [entry("d/soft", { type: "symlink", linkTarget: "../elsewhere" })],
  [entry("null", { type: "char", deviceMajor: 1, deviceMinor: 3 })],
  [entry("sda", { type: "block", deviceMajor: 8, deviceMinor: 0 })],
  [entry("pipe", { type: "fifo" })],
  [entry("n".repeat(255), { uid: 3_000_000_000, gid: 2_097_152 })],
  [entry(`${"p/".repeat(110)}f`, { mtimeSeconds: 4_102_444_800 })],
  [entry("\xc3\xa9", { mtimeSeconds: 1_234_567_890 })],
  [entry("\xff raw", { mode: 0o7000 })],
];

/** A line of `tar -tv`, blanks made one. */
function gnuLine(it: TarEntry): string {
  const size = it.type === "char" || it.type === "block" ? `${it.deviceMajor},${it.deviceMinor}` : it.size;
  const date = new Date(it.mtimeSeconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const name = it.path === "" ? "./" : it.type === "directory" ? `${it.path}/` : it.path;
  const link =
    it.type === "symlink"
      ? ` -> ${it.linkTarget}`
      : it.type === "hardlink"
        ? ` link to ${it.linkTarget}`
        : "";
  return `${letters[it.type]}${permissions(it.mode)} ${it.uid}/${it.gid} ${size} ${date} ${name}${link}`;
}

function permissions(mode: number): string {
  const three = (bits: number, special: boolean, set: string): string => {
    const execute = (bits & 1) !== 0 ? (special ? set : "x") : special ? set.toUpperCase() : "-";
    return `${(bits & 4) !== 0 ? "r" : "-"}${(bits & 2) !== 0 ? "w" : "-"}${execute}`;
  };
  return [
    three(mode >> 6, (mode & 0o4000) !== 0, "s"),
    three(mode >> 3, (mode & 0o2000) !== 0, "s"),
    three(mode, (mode & 0o1000) !== 0, "t"),
  ].join("");
}

test("GNU tar lists what we write, with modes, owners, times and links", () => {
  const options = ["-tvf", "-", "--numeric-owner", "--utc", "--full-time", "--quoting-style=literal"];
  const listing = execFileSync("tar", options, {
    input: tarOf(...rows),
    env: { ...process.env, LC_ALL: "C" },
  });
  const lines = listing.toString("latin1").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => line.replace(/ +/g, " ")),
    rows.map(([it]) => gnuLine(it)),
  );
});

test("GNU tar says nothing against what we write", () => {
  const command = "tar -tf - 2>&1 >/dev/null";
  assert.equal(execFileSync("bash", ["-c", command], { input: tarOf(...rows), encoding: "utf8" }), "");
});
