import assert from "node:assert/strict";
import { exportedText } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** Heredocs: the tests compare the files of a table, whose names the recording lacks. */
export const heredocChecks: HandChecks = {
  "testCopyHeredoc 0": files({
    single: "single file\n",
    "double/EOF": "first file\n",
    "double/EOF2": "second file\n",
    perms: "0777\n0644\nuser:user\n",
  }),
  "testRunShebangHeredoc 0": files({ out1: "hello\nworld\n", out2: "hello\nworld\n" }),
  "testRunComplexHeredoc 0": files({
    out1: "hello world\n",
    out2: "HELLO WORLD\n",
    fd3: "hello world\n",
    fd4: "HELLO WORLD\n",
  }),
  "testHeredocIndent 0": files({
    "foo-copy": "\tfoo\n",
    "foo-run": "\n\tfoo\n",
    "foo2-run": "\n\tfoo\n",
    "foo3-run": "\n\tfoo\n",
    "bar-copy": "bar\n",
    "bar-run": "\nbar\n",
    "bar2-run": "\nbar\n",
    "bar3-run": "\nbar\n",
  }),
  "testHeredocVarSubstitution 0": files({
    c1: "Hello world!\n",
    c2: "Hello ${name}!\n",
    c3: "Hello ${name}!\n",
    q1: "Hello 'world'!\n",
    q2: 'Hello "world"!\n',
    qsingle1: "Hello '${name}'!\n",
    qsingle2: 'Hello "${name}"!\n',
    qdouble1: "Hello '${name}'!\n",
    qdouble2: 'Hello "${name}"!\n',
    r1: "Hello world!\n",
    r2: "Hello new world!\n",
  }),
};

/** One recorded check a file. */
function files(wanted: Readonly<Record<string, string>>): HandCheck {
  return {
    rewrites: Object.keys(wanted).length,
    check: (built) => {
      for (const [name, text] of Object.entries(wanted)) assert.equal(exportedText(built, name), text, name);
    },
  };
}
