import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesFromText, TsbuildError } from "@tsbuild/runner-native";
import { parseIgnoreFile } from "./ignore-file.ts";
import { createPathMatcher, type PathCursor } from "./path-matcher.ts";

for (const [patterns, path, want] of [
  [["*.log"], "a.log", true],
  [["*.log"], "sub/a.log", false],
  [["**/*.log"], "sub/deep/a.log", true],
  [["node_modules"], "node_modules/x/y", true],
  [["node_modules"], "sub/node_modules", false],
  [["**/node_modules"], "sub/node_modules/x", true],
  [["a/**/z"], "a/z", true],
  [["a/**/z"], "a/b/c/z", true],
  [["dir/**"], "dir", false],
  [["dir/**"], "dir/x", true],
  [["?"], "ä", true],
  [["[!a]"], "!", true],
  [["[!a]"], "b", false],
  [["[^a]"], "b", true],
  [["{a,b}"], "a", false],
  [["*"], ".hidden", true],
  [["docs", "!docs/README.md"], "docs/README.md", false],
  [["docs", "!docs/README.md"], "docs/other.md", true],
  [["*", "!keep", "keep/not"], "keep/not", true],
  [["!a", "a"], "a", true],
  [["../a"], "a", false],
  [["a\\*b"], "a*b", true],
] as const)
  test(`${patterns.join(", ")} ${want ? "excludes" : "keeps"} ${path}`, () => {
    const matcher = createPathMatcher(patterns.map(bytesFromText));
    assert.equal(matcher.isExcluded(bytesFromText(path)), want);
    assert.equal(walkTo(matcher.root(), bytesFromText(path)).isExcluded, want);
  });

function walkTo(root: PathCursor, path: string): PathCursor {
  return path.split("/").reduce((cursor, name) => cursor.enter(name), root);
}

for (const pattern of ["!", "[", "a[", "[a-b-c]", "\\", "[]a]"])
  test(`the pattern ${pattern} is refused`, () => {
    assert.throws(
      () => createPathMatcher([pattern]),
      (error: unknown) => error instanceof TsbuildError && error.code === "PATTERN_INVALID",
    );
  });

for (const [patterns, directory, want] of [
  [["a", "!a/keep"], "a", true],
  [["a", "!b/keep"], "a", false],
  [["*", "!a/b/c"], "a", true],
  [["*", "!a/b/c"], "a/b", true],
  [["*", "!a/b/c"], "x", false],
  [["*", "!**/*.md"], "x/y", true],
  [["!a/keep", "a"], "a", false],
] as const)
  test(`${patterns.join(", ")}: ${want ? "something" : "nothing"} below ${directory} can be taken back`, () => {
    assert.equal(walkTo(createPathMatcher(patterns).root(), directory).mayIncludeBelow, want);
  });

test("names that are not UTF-8 are matched byte for byte", () => {
  const matcher = createPathMatcher(parseIgnoreFile(Buffer.from("caf\xe9\n", "latin1")));
  assert.equal(matcher.isExcluded("caf\xe9"), true);
  assert.equal(matcher.isExcluded("caf\xe8"), false);
});

test("ten thousand patterns cost no more than one, path by path", () => {
  const matcher = createPathMatcher([
    ...Array.from({ length: 10_000 }, (_, index) => `**/name${index}/*.tmp`),
    "!**/name7/keep.tmp",
  ]);
  const root = matcher.root();
  assert.equal(walkTo(root, "a/b/name9999/x.tmp").isExcluded, true);
  assert.equal(walkTo(root, "a/name7/keep.tmp").isExcluded, false);
});

test("an ignore file is cleaned line by line", () => {
  const text = "\ufeff# note\n # no comment\n/abs/\n./a//b\n! /c\n\n  d  \n../up\n!\r\n";
  assert.deepEqual(parseIgnoreFile(text), ["# no comment", "abs", "a/b", "!c", "d", "../up", "!"]);
});
