import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { languageProperties, type Trial, trialOf } from "@tsbuild/builder/testing";

/**
 * A longer campaign than the tests run: `node test-images/src/fuzz-language.ts --runs 1000000 --seed 1`. Input N of
 * seed S is input 0 of seed S + N. With `--corpus DIR` the files below DIR are mutated as well. Every failure is
 * printed, made small; the slowest inputs are printed as they come.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    corpus: { type: "string" },
  },
});

/** Larger files teach nothing more and take long. */
const maxCorpusBytes = 16 * 1024;

function filesBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /dockerfile/i.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .filter((text) => text.length < maxCorpusBytes);
}

function failureOf(holds: (trial: Trial) => void, trial: Trial): string | undefined {
  try {
    holds(trial);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** Leaves out stretches, halving them, as long as the property still fails. */
function shrink(holds: (trial: Trial) => void, trial: Trial): Trial {
  if (typeof trial.dockerfile !== "string") return trial;
  let text = trial.dockerfile;
  for (let length = text.length >> 1; length > 0; length >>= 1)
    for (let at = 0; at < text.length; ) {
      const shorter = text.slice(0, at) + text.slice(at + length);
      if (failureOf(holds, { ...trial, dockerfile: shorter }) === undefined) at += length;
      else text = shorter;
    }
  return { ...trial, dockerfile: text };
}

const corpus = values.corpus === undefined ? undefined : filesBelow(values.corpus);
const first = Number(values.seed);
let failures = 0;
const slowest = new Map<string, number>();

function tryOne(seed: number): void {
  const trial = trialOf(seed, corpus);
  for (const [name, holds] of Object.entries(languageProperties)) {
    const start = process.threadCpuUsage();
    const failure = failureOf(holds, trial);
    const { user, system } = process.threadCpuUsage(start);
    const elapsed = (user + system) / 1000;
    if (elapsed > (slowest.get(name) ?? 5)) {
      slowest.set(name, elapsed);
      console.log(
        `seed ${seed}: ${elapsed.toFixed(1)} ms for ${trial.dockerfile.length} characters: ${name}`,
      );
    }
    if (failure === undefined) continue;
    failures++;
    console.log(
      `seed ${seed}: ${name}: ${failure.slice(0, 2000)}\n  ${JSON.stringify(shrink(holds, trial))}`,
    );
  }
}

for (let run = 0; run < Number(values.runs); run++) {
  tryOne(first + run);
  if (run % 100_000 === 99_999) console.log(`${run + 1} inputs`);
}
console.log(`${values.runs} inputs, ${failures} failures`);
for (const [name, elapsed] of slowest) console.log(`slowest: ${elapsed.toFixed(1)} ms: ${name}`);
if (failures > 0) process.exitCode = 1;
