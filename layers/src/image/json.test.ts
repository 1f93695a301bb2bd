import assert from "node:assert/strict";
import { test } from "node:test";
import { goJson, sortKeys } from "./go-json.ts";
import { foldKey, parseJson, parseJsonObject } from "./json.ts";

const limits = { what: "test", maxBytes: 1000 };

function parse(text: string): unknown {
  return parseJson(Buffer.from(text), limits);
}

for (const text of [
  "null",
  " true ",
  "[]",
  "{}",
  "0",
  "-1.5e3",
  '"a\\u00e9\\n\\"\\ud83d\\ude00"',
  '{"a":[1,{"b":null}],"c":"é"}',
  "9007199254740991",
  '\t{\r\n"x" : [ 1 , 2 ] }\n',
])
  test(`json: ${JSON.stringify(text)} is read as JSON.parse reads it`, () =>
    assert.deepEqual(JSON.parse(JSON.stringify(parse(text))), JSON.parse(text)));

for (const [name, text] of [
  ["nothing", ""],
  ["a second document", "{} {}"],
  ["a comma at the end", "[1,]"],
  ["a missing comma", "[1 2]"],
  ["a missing colon", '{"a" 1}'],
  ["a key without quotes", "{a:1}"],
  ["single quotes", "{'a':1}"],
  ["a leading zero", "01"],
  ["a plus sign", "+1"],
  ["NaN", "NaN"],
  ["a cut word", "tru"],
  ["an open string", '"abc'],
  ["a control character", '"a\u0001b"'],
  ["a wrong escape", '"\\x41"'],
  ["half of a surrogate pair", '"\\ud800"'],
  ["an open list", "[1"],
  ["an open object", '{"a":1'],
  ["a comment", "/* */ {}"],
  ["a byte order mark", "\ufeff{}"],
  ["a key twice", '{"a":1,"a":1}'],
  ["a key twice, once escaped", '{"a":1,"\\u0061":2}'],
  ["a key in two cases", '{"layers":1,"Layers":2}'],
  ["a key with the long s", '{"layers":1,"layer\u017f":2}'],
  ["a key with the Kelvin sign", '{"k":1,"\u212a":2}'],
  ["a key twice below a map", '{"labels":{"a":"1","a":"2"}}'],
  ["an integer beyond 2^53", "9007199254740993"],
  ["an infinite number", "1e999"],
  ["too many levels", `${"[".repeat(70)}${"]".repeat(70)}`],
  ["too many bytes", `"${"x".repeat(1000)}"`],
] as const)
  test(`json: refused is ${name}`, () => assert.throws(() => parse(text), { code: "JSON_INVALID" }));

test("json: refused are bytes that are not UTF-8", () =>
  assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22]), limits), { code: "JSON_INVALID" }));

test("json: labels may differ in case only", () =>
  assert.deepEqual(Object.keys((parse('{"Labels":{"A":"1","a":"2"}}') as { Labels: object }).Labels), [
    "A",
    "a",
  ]));

test("json: __proto__ is a key like any other", () => {
  const value = parseJsonObject(Buffer.from('{"__proto__":{"polluted":1}}'), limits);
  assert.deepEqual(Object.keys(value), ["__proto__"]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test("json: a document that must be an object is one", () => {
  for (const text of ["[]", "null", '"x"'])
    assert.throws(() => parseJsonObject(Buffer.from(text), limits), { code: "JSON_INVALID" });
});

test("json: changed bytes are read as JSON.parse reads them, or refused", () => {
  const seed = Buffer.from('{"schemaVersion":2,"a":[1,2.5,-3e2,true,false,null,"x\\u0041"],"b":{"c":"d"}}');
  let state = 1;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state % below;
  };
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(seed);
    for (let change = 0; change <= round % 3; change++) bytes[random(bytes.length)] = 32 + random(95);
    let mine: unknown;
    try {
      mine = parseJson(bytes, limits);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "JSON_INVALID");
      continue;
    }
    assert.deepEqual(JSON.parse(JSON.stringify(mine)), JSON.parse(bytes.toString()));
  }
});

test("json: written as Go writes it", () => {
  assert.equal(goJson({ a: "<b> & \u2028\u2029 é" }), '{"a":"\\u003cb\\u003e \\u0026 \\u2028\\u2029 é"}');
  assert.equal(goJson({ a: [1], b: {} }, "  "), '{\n  "a": [\n    1\n  ],\n  "b": {}\n}');
  assert.deepEqual(Object.keys(sortKeys({ b: 1, "\u{1f600}": 1, a: 1, "\uff5e": 1 }) ?? {}), [
    "a",
    "b",
    "\uff5e",
    "\u{1f600}",
  ]);
});

test("json: keys are folded as Go folds them", () => assert.equal(foldKey("LAYER\u017f"), "layers"));
