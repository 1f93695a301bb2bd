import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOutput, parsePairs } from "./build-options.ts";

for (const [name, text, type, attributes] of [
  ["a bare path is a local directory", "out", "local", { dest: "out" }],
  ["a dash is a tar on stdout", "-", "tar", { dest: "-" }],
  ["fields", "type=oci,dest=a.tar,tar=false", "oci", { dest: "a.tar", tar: "false" }],
  [
    "a quoted field may hold commas and quotes",
    'type=image,"name=a,b""c",push',
    "image",
    { name: 'a,b"c', push: "true" },
  ],
  ["keys are lower-cased", "TYPE=docker,Dest=x", "docker", { dest: "x" }],
] as const) {
  test(`output: ${name}`, () => {
    const output = parseOutput(text);
    assert.equal(output.type, type);
    assert.deepEqual(Object.fromEntries(output.attributes), attributes);
  });
}

for (const [name, text, message] of [
  ["no type", "dest=x", /names no type/],
  ["an open quote", 'type=oci,"dest=x', /open quote/],
  ["an empty field", "type=oci,,dest=x", /empty field/],
] as const)
  test(`output refused: ${name}`, () => assert.throws(() => parseOutput(text), { code: "USAGE", message }));

test("pairs: a bare name comes from the environment or is left out", () => {
  const env = { HOME: "/h" };
  assert.deepEqual(
    { ...parsePairs("--build-arg", ["A=1=2", "HOME", "NONE", "B="], env) },
    { A: "1=2", HOME: "/h", B: "" },
  );
});

test("pairs: __proto__ is a name like any other", () => {
  assert.equal(parsePairs("--label", ["__proto__=x"], {})["__proto__"], "x");
});
