import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGitReference } from "../dockerfile/values/git-source.ts";
import { readRepositoryAddress } from "./context.ts";
import { type Repository, wantedRepository } from "./wanted.ts";

const plain: Repository = {
  url: "https://h/r.git",
  ref: undefined,
  subdir: undefined,
  checksum: undefined,
  keepGitDir: false,
  submodules: true,
  mtime: "checkout",
  fetchByCommit: false,
};

for (const [address, more] of [
  ["https://h/r.git", {}],
  ["https://h/r.git#v1:a/../b/", { ref: "v1", subdir: "b" }],
  ["https://h/r.git#:../../a", { subdir: "a" }],
  ["https://h/r.git#:/", {}],
  [
    "https://h/r.git?keep-git-dir&submodules=0&mtime=commit",
    { keepGitDir: true, submodules: false, mtime: "commit" },
  ],
  ["git@h:r?branch=b", { url: "git@h:r", ref: "refs/heads/b" }],
  ["github.com/a/b#c", { url: "https://github.com/a/b", ref: "c" }],
  ["https://h/r.git?commit=ABC", { checksum: "abc" }],
] as const)
  test(`the address ${address}`, () => {
    assert.deepEqual(readRepositoryAddress(address), { ...plain, ...more });
  });

for (const [address, says] of [
  ["https://h/r.git#-x", /-x is no name/],
  ["https://h/r.git?tag=a\nb", /control character/],
  ["https://h/r\u001b.git#x", /control character/],
  ["https://h/r.git?commit=xyz", /invalid checksum xyz for Git URL, expected hex commit hash/],
  ["https://h/r.git?fetch-by-commit", /fetch-by-commit requires/],
  ["https://h/r.git?fetch-by-commit&commit=abc", /fetch-by-commit requires/],
  ["https://h/r.git?ref=a#b", /ref conflicts/],
] as const)
  test(`the address ${JSON.stringify(address)} is refused`, () => {
    assert.throws(() => readRepositoryAddress(address), { code: "OPTION_INVALID", message: says });
  });

test("BUILDKIT_CONTEXT_KEEP_GIT_DIR keeps the history, whatever the address says", () => {
  const kept = readRepositoryAddress("https://h/r.git?keep-git-dir=false", { keepGitDir: true });
  assert.equal(kept?.keepGitDir, true);
  assert.equal(readRepositoryAddress("./here"), undefined);
});

test("the flags of ADD fill in what the address leaves open", () => {
  const git = parseGitReference("https://h/r.git");
  assert.ok(git);
  const wanted = wantedRepository(git, { keepGitDir: true, checksum: "ab" });
  assert.deepEqual(wanted, { ...plain, keepGitDir: true, checksum: "ab" });
  assert.equal(wantedRepository(git, { checksum: "" }).checksum, undefined);
});
