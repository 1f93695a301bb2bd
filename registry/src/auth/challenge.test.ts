import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

function read(header: string): [string, Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

for (const [name, header, expected] of [
  [
    "docker.io's",
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      [
        "bearer",
        {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:a/b:pull,push",
        },
      ],
    ],
  ],
  ["basic", "Basic realm=fake", [["basic", { realm: "fake" }]]],
  ["a scheme alone", "Negotiate", [["negotiate", {}]]],
  ["names in capitals", 'BEARER Realm="x"', [["bearer", { realm: "x" }]]],
  [
    "blanks around everything",
    'Bearer  realm = "x" ,  service = y ',
    [["bearer", { realm: "x", service: "y" }]],
  ],
  ["escapes", 'Basic realm="a\\"b\\\\c"', [["basic", { realm: 'a"b\\c' }]]],
  [
    "an unquoted URL",
    "Bearer realm=https://a/b?c,service=x",
    [["bearer", { realm: "https://a/b?c", service: "x" }]],
  ],
  [
    "two in one",
    'Basic realm="a", Bearer realm="b"',
    [
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b" }],
    ],
  ],
  [
    "one with an opaque word",
    'Negotiate abc==, Basic realm="a"',
    [
      ["negotiate", {}],
      ["basic", { realm: "a" }],
    ],
  ],
  ["a name said twice: the first counts", 'Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
  ["an end inside quotes", 'Bearer realm="a', [["bearer", { realm: "a" }]]],
  ["empty elements", ',, Basic realm="a" ,,', [["basic", { realm: "a" }]]],
  ["nothing", "", []],
  ["garbage", '"""===', []],
] as const)
  test(`a challenge: ${name}`, () => assert.deepEqual(read(header), expected));

test("any header is read without throwing, in time that grows with its length", () => {
  const piece = fc.constantFrom(
    "Bearer ",
    "Basic",
    "realm=",
    '"',
    "\\",
    ",",
    "=",
    " ",
    "a",
    "https://x/",
    "\t",
    "é",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      for (const { scheme } of parseChallenges(pieces.join(""))) assert.notEqual(scheme, "");
    }),
    { numRuns: 3000 },
  );
});

test("what was written as a challenge is read as it was", () => {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const value = fc.string({ unit: "grapheme-ascii" });
  fc.assert(
    fc.property(value, value, value, (realm, service, scope) => {
      const header = `Bearer realm=${quoted(realm)},service=${quoted(service)}, scope=${quoted(scope)}`;
      assert.deepEqual(read(header), [["bearer", { realm, service, scope }]]);
    }),
  );
});
