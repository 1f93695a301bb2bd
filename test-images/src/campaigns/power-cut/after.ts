import { openStore } from "@tsbuild/layers";
import { randomBytes } from "node:crypto";
import { judgeJob, type Workplace } from "../soak/builds.ts";
import { runTsbuild } from "../soak/command.ts";
import { storeProblems } from "../soak/check-store.ts";
import { recipes } from "../soak/recipes.ts";

/** What the next boot is to find: `node after.ts JSON`, where another boot is pretended. Prints problems. */
export interface Aftermath {
  readonly store: string;
  readonly directory: string;
  readonly context: string;
  readonly expected: readonly (readonly [job: string, image: string])[];
  /** Images that must be there. */
  readonly named: readonly string[];
  /** What to build then. */
  readonly job: { readonly recipe: string; readonly variant: number };
}

async function problemsAfter(wanted: Aftermath): Promise<string[]> {
  const expected = new Map(wanted.expected);
  const at: Workplace = { ...wanted, expected, interruptMs: 0 };
  const problems = await storeProblems(wanted.store, "power cut");
  const present = await imagesOf(wanted.store);
  for (const name of wanted.named)
    if (present.get(name) !== expected.get(name))
      problems.push(`the image ${name} is lost: ${present.get(name)}`);
  const recipe = recipes.find(({ name }) => name === wanted.job.recipe) as (typeof recipes)[number];
  const failure = await judgeJob(at, { recipe, variant: wanted.job.variant }, wanted.store);
  if (failure !== undefined) problems.push(failure);
  await runTsbuild(wanted.store, ["prune"]);
  return [...problems, ...(await storeProblems(wanted.store, "kill"))];
}

async function imagesOf(root: string): Promise<Map<string, string>> {
  const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
  await using store = openStore(root, { mode: "read-write", now: Date.now, randomHex });
  return new Map(store.images.list().map(({ name, id }) => [name.replace(/^.*\/(.*):latest$/, "$1"), id]));
}

for (const problem of await problemsAfter(JSON.parse(process.argv[2] as string) as Aftermath))
  console.log(problem);
