import { parseArgs } from "node:util";
import { fragments, givesGraphOrPlacedError, lines, printsToFixpoint } from "@tsbuild/builder/testing";

/** A longer campaign than the tests run: `node test-images/src/fuzz-language.ts --runs 1000000 --seed 1`. */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});

let state = Number(values.seed) >>> 0;

/** A number below `limit` (xorshift32): the same seed gives the same campaign. */
function random(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  state >>>= 0;
  return state % limit;
}

function input(): string {
  const separator = ["", " ", "\n"][random(3)] ?? "";
  const pool = (): readonly string[] => (random(8) < (separator === "\n" ? 7 : 1) ? lines : fragments);
  const parts = Array.from({ length: random(40) }, () => {
    const from = pool();
    return from[random(from.length)] ?? "";
  });
  return (random(2) === 0 ? "FROM scratch\n" : "") + parts.join(separator);
}

let slowest = 0;
for (let run = 0; run < Number(values.runs); run++) {
  const text = input();
  const start = process.hrtime.bigint();
  try {
    givesGraphOrPlacedError(text);
    printsToFixpoint(text);
  } catch (error) {
    console.error(`run ${run} with seed ${values.seed}: ${JSON.stringify(text)}`);
    throw error;
  }
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  if (elapsed > slowest) {
    slowest = elapsed;
    console.log(`run ${run}: ${elapsed.toFixed(1)} ms for ${text.length} characters`);
  }
}
console.log(`${values.runs} inputs, the slowest took ${slowest.toFixed(1)} ms`);
