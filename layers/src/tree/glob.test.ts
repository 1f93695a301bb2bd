import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesFromText } from "@tsbuild/runner-native";
import { compileGlob, hasWildcard } from "./glob.ts";

const rows: readonly [pattern: string, matches: readonly string[], misses: readonly string[]][] = [
  ["abc", ["abc"], ["ab", "abcd", ""]],
  ["", [""], ["a"]],
  ["*", ["", "a", ".hidden", "*"], ["a/b", "/"]],
  ["**", ["", "ab"], ["a/b"]],
  ["*.go", ["x.go", ".go"], ["x.goo", "d/x.go"]],
  ["a*b*c", ["abc", "aXbYc", "abbcc"], ["ab", "abcd"]],
  ["*/x", ["d/x", "/x"], ["x", "d/e/x"]],
  ["a?c", ["abc", "aäc", "a☺c"], ["ac", "abbc", "a/c"]],
  ["[a-c]", ["a", "b", "c"], ["d", "", "ab"]],
  ["[^a-c]", ["d", "ä", "☺", "/"], ["a", ""]],
  ["[!a]", ["!", "a"], ["b"]],
  ["[ä-ö]", ["ö", "ä"], ["a", "z"]],
  ["[\\]]", ["]"], ["\\"]],
  ["[a\\-c]", ["a", "-", "c"], ["b"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["a[.-0]b", ["a/b", "a.b", "a0b"], ["a1b"]],
  ["{a,b}", ["{a,b}"], ["a"]],
];
for (const [pattern, matches, misses] of rows)
  test(`the pattern ${JSON.stringify(pattern)}`, () => {
    const glob = compileGlob(bytesFromText(pattern));
    for (const name of matches) assert.ok(glob.matches(bytesFromText(name)), name);
    for (const name of misses) assert.ok(!glob.matches(bytesFromText(name)), name);
  });

test("a byte that is no character counts as one", () => {
  assert.ok(compileGlob("a?b").matches("a\xffb"));
  assert.ok(compileGlob("[^a]").matches("\xff"));
  assert.ok(!compileGlob("?").matches("\xff\xfe"));
});

for (const pattern of [
  "[",
  "[a",
  "[]",
  "[]a]",
  "[^]",
  "[-]",
  "[a-]",
  "[\\",
  "\\",
  "a\\",
  "x*[",
  "[a-",
  "[\xff]",
])
  test(`the pattern ${JSON.stringify(pattern)} is an error`, () =>
    assert.throws(() => compileGlob(pattern), {
      code: "COPY_CONFLICT",
      message: /^syntax error in pattern/,
    }));

test("many stars take no exponential time", () => {
  assert.ok(!compileGlob(`${"a*".repeat(50)}b`).matches("a".repeat(5000)));
});

test("an escaped wildcard is none", () => {
  assert.deepEqual(["a*", "a\\*", "[", "\\\\*", "plain"].map(hasWildcard), [true, false, true, true, false]);
});
