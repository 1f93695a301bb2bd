import { test } from "node:test";
import fc from "fast-check";
import { languageProperties, plainTrial, trialOf } from "../../testing/language-properties.ts";

/** Mutated inputs for each property; the campaign of `test-images/src/fuzz-language.ts` runs many more. */
const runs = 10_000;

for (const [name, holds] of Object.entries(languageProperties)) {
  test(`${name}: ${runs} mutated files`, () => {
    for (let seed = 0; seed < runs; seed++) {
      try {
        holds(trialOf(seed));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  test(`${name}: any text and any bytes`, () => {
    const content = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
    );
    fc.assert(
      fc.property(content, (dockerfile) => holds({ ...plainTrial(dockerfile), ignore: dockerfile })),
      { numRuns: 500 },
    );
  });
}
