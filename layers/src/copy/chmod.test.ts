import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChmod } from "./chmod.ts";

const symbolic: readonly [change: string, from: number, kind: "file" | "directory", to: number][] = [
  ["u+x", 0o644, "file", 0o744],
  ["+x", 0o644, "file", 0o755],
  ["go-w", 0o666, "file", 0o644],
  ["u=rw,g=r,o=", 0o777, "file", 0o640],
  ["=", 0o4755, "file", 0],
  ["a=", 0o1777, "directory", 0o1000],
  ["g=", 0o2755, "directory", 0o705],
  ["g=u", 0o2640, "file", 0o2660],
  ["o=g-w", 0o664, "file", 0o664],
  ["u=rwX,go=rX", 0o600, "file", 0o644],
  ["u=rwX,go=rX", 0o700, "file", 0o755],
  ["u=rwX,go=rX", 0o600, "directory", 0o755],
  ["a-x,a+X", 0o755, "file", 0o755],
  ["u+s,g+s", 0o755, "file", 0o6755],
  ["o+s", 0o755, "file", 0o755],
  ["+t", 0o755, "directory", 0o1755],
  ["u+t", 0o755, "directory", 0o755],
  ["-t", 0o1777, "directory", 0o777],
  ["u+g", 0o070, "file", 0o770],
  ["ug+rw,o-rwx", 0o007, "file", 0o660],
  ["u+", 0o640, "file", 0o640],
];
for (const [change, from, kind, to] of symbolic)
  test(`${change} makes a ${kind} of ${from.toString(8)} one of ${to.toString(8)}`, () => {
    const chmod = parseChmod(change);
    assert.ok(chmod.kind === "symbolic");
    assert.equal(chmod.apply(from, kind === "directory").toString(8), to.toString(8));
  });

test("octal digits are the mode", () => {
  assert.deepEqual(parseChmod("0755"), { kind: "octal", mode: 0o755 });
  assert.deepEqual(parseChmod("7777"), { kind: "octal", mode: 0o7777 });
  assert.deepEqual(parseChmod("0"), { kind: "octal", mode: 0 });
});

for (const text of ["", "10000", "8", "-1", "u", "rwx", "u+x,", "u+x g+x", "+755", "u+y", "x=r", ","])
  test(`${JSON.stringify(text)} is no mode`, () =>
    assert.throws(() => parseChmod(text), {
      message: `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    }));
