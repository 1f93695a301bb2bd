import assert from "node:assert/strict";
import { test } from "node:test";
import { graphOf, only } from "../../../testing/lowering.ts";
import type { CopyStep } from "../step.ts";

for (const [name, destination, want] of [
  ["a file name", "x", "/w/x"],
  ["a directory", "x/", "/w/x/"],
  ["the working directory", ".", "/w/"],
  ["an empty variable", "$E", "/w/"],
  ["a dot at the end", "x/.", "/w/x/"],
  ["an absolute path", "/a/../b", "/b"],
  ["the root", "/", "/"],
] as const)
  test(`COPY to ${name}`, () => {
    assert.equal(only(graphOf(`FROM scratch\nWORKDIR /w\nCOPY a ${destination}`), "copy").destination, want);
  });

test("sources are clean, relative to their tree, and stay below it", () => {
  const { sources } = only(graphOf("FROM scratch\nCOPY /a/ ../../b ./c/../d* . /x/"), "copy");
  assert.deepEqual(
    sources.map((source) => source.kind === "path" && source.pattern),
    ["a", "b", "d*", ""],
  );
});

test("a pivot of --parents is kept", () => {
  const copy = only(graphOf("FROM scratch\nCOPY --parents a/./b/c* /./d /x/"), "copy");
  assert.deepEqual(
    copy.sources.map((source) => source.kind === "path" && source.pattern),
    ["a/./b/c*", "././d"],
  );
});

test("heredocs of COPY are expanded unless their name is quoted", () => {
  const text = "FROM scratch\nENV A=1\nCOPY <<X <<'Y' /d/\n\"$A\" \\$A \\n\nX\n$A\nY\n";
  assert.deepEqual(
    only(graphOf(text), "copy").sources.map((source) => source.kind === "inline" && source.content),
    ['"1" $A n\n', "$A\n"],
  );
});

test("a mode makes --link an ordinary copy", () => {
  const link = (flags: string): boolean => only(graphOf(`FROM scratch\nCOPY ${flags} a b`), "copy").link;
  assert.deepEqual([link("--link"), link("--link --chmod=644"), link("")], [true, false, false]);
});

test("ADD unpacks local archives unless told otherwise", () => {
  const unpack = (flags: string): CopyStep["unpack"] =>
    only(graphOf(`FROM scratch\nADD ${flags} a b`), "copy").unpack;
  assert.deepEqual([unpack(""), unpack("--unpack"), unpack("--unpack=false")], ["auto", "always", "never"]);
});
