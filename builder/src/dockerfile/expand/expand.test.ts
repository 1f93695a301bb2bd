import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExpandOptions, expand } from "./expand.ts";

const variables = new Map([
  ["A", "a"],
  ["E", ""],
  ["S", "b c"],
  ["P", "/one/two.tar.gz"],
  ["L", "x\ny"],
]);

function text(word: string, options: Partial<ExpandOptions> = {}): string {
  return expand(word, variables, { escape: "\\", ...options }).text;
}

for (const [word, want] of [
  ["$A-${A}", "a-a"],
  ["'$A'", "$A"],
  ['"$A"', "a"],
  ["\\$A", "$A"],
  ["a\\b", "ab"],
  ['"a\\b\\"\\$"', 'a\\b"$'],
  ["end\\", "end"],
  ["$", "$"],
  ["$.", "$."],
  ["$1$?$@x", "x"],
  ["$UNSET", ""],
  ["${E-d}${E:-d}${X-d}", "dd"],
  ["${A+w}${E+w}${E:+w}${X+w}", "ww"],
  ["${A:?m}", "a"],
  ["${X:-${A}${Y:-'z'}}", "az"],
  ['${X:-"a b"}', "a b"],
  ["${P#*/}", "one/two.tar.gz"],
  ["${P##*/}", "two.tar.gz"],
  ["${P%.*}", "/one/two.tar"],
  ["${P%%.*}", "/one/two"],
  ["${P/o/0}", "/0ne/two.tar.gz"],
  ["${P//o/0}", "/0ne/tw0.tar.gz"],
  ["${P//\\//-}", "-one-two.tar.gz"],
  ["${P/t*r/T}", "/one/T.gz"],
  ["${L#*y}", "x\ny"],
  ["${A//a/<\\$0>}", "<\\a>"],
] as const)
  test(`${word} gives ${want}`, () => {
    assert.equal(text(word), want);
  });

for (const [word, sentence] of [
  ["'a", /single-quote/],
  ['"a', /double-quote/],
  ["${", /missing '}'/],
  ["${A", /missing '}'/],
  ["${}", /bad substitution/],
  ["${:}", /bad substitution/],
  ["${{A}}", /bad substitution/],
  ["${A:=x}", /unsupported modifier \(:=\)/],
  ["${A=x}", /unsupported modifier \(=\)/],
  ["${A:#x}", /unsupported modifier \(:#\)/],
  ["${A^}", /unsupported modifier \(\^\)/],
  ["${X:?}", /X: is not allowed to be unset/],
  ["${E:?}", /E: is not allowed to be empty/],
  ["${X?no $A}", /X: no a/],
  ["${A#\\x}", /invalid pattern \(\\x\)/],
  ["${A/x}", /missing '\/' in/],
  [`${"${X:-".repeat(300)}`, /nested too deeply/],
] as const)
  test(`${word.slice(0, 20)} is refused`, () => {
    assert.throws(() => text(word), sentence);
  });

test("a pattern that would take too long is refused", () => {
  const slow = new Map([["V", "a".repeat(60_000)]]);
  assert.throws(() => expand(`\${V#*${"a".repeat(30_000)}b}`, slow, { escape: "\\" }), /takes too long/);
});

test("a variable that grows without end is refused", () => {
  const large = new Map([["V", "x".repeat(600_000)]]);
  assert.throws(() => expand("$V$V", large, { escape: "\\" }), /too long/);
});

test("the escape character can be a backquote", () => {
  assert.equal(text("a\\b`$A", { escape: "`" }), "a\\b$A");
});

test("quotes and unset variables can stay, for showing", () => {
  assert.equal(text("\"$A\" '$X' ${X:-y} $X", { raw: "quotes", unset: "keep" }), "\"a\" '$X' ${X:-y} $X");
});

test("in heredoc bodies quotes are ordinary and do not protect variables", () => {
  assert.equal(text("'$A' \"\\$A\" \\n", { quotes: "ordinary" }), "'a' \"$A\" n");
});

test("white space of a value splits words, quoted white space does not", () => {
  const words = (word: string): readonly string[] => expand(word, variables, { escape: "\\" }).words;
  assert.deepEqual(words("1$S 2"), ["1b", "c", "2"]);
  assert.deepEqual(words('1"$S" 2'), ["1b c", "2"]);
  assert.deepEqual(words("a\\ b"), ["a b"]);
  assert.deepEqual(words("cat << EOF"), ["cat", "<< EOF"]);
});

test("names that were found and that were not are told apart", () => {
  const { matched, unmatched } = expand("$A${E:-$X}", variables, { escape: "\\" });
  assert.deepEqual([[...matched], [...unmatched]], [["A", "E"], ["X"]]);
});
