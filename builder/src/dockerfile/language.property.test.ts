import { test } from "node:test";
import fc from "fast-check";
import {
  fragments,
  givesGraphOrPlacedError,
  lines,
  printsToFixpoint,
} from "../../testing/language-properties.ts";

const pieces = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })), {
  maxLength: 30,
});
const text = pieces.map((parts) => parts.join(""));
const spaced = pieces.map((parts) => `FROM scratch\n${parts.join(" ")}`);
const mixed = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...lines) }, fc.constantFrom(...fragments)), {
    maxLength: 20,
  })
  .map((parts) => `FROM scratch\n${parts.join("\n")}`);

test("any text gives a graph or an error with its place", () => {
  fc.assert(fc.property(fc.oneof(text, spaced, mixed), givesGraphOrPlacedError), { numRuns: 2000 });
});

test("any bytes give a graph or an error with its place", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), givesGraphOrPlacedError), { numRuns: 500 });
});

test("what is printed parses to the same print", () => {
  fc.assert(fc.property(fc.oneof(text, spaced, mixed), printsToFixpoint), { numRuns: 2000 });
});
