import type { ContextStep, Step, StepId } from "../graph/step.ts";
import { type CacheKey, type FieldValue, keyOf } from "../solve/field-hash.ts";
import { keyFields } from "../solve/key-fields.ts";
import type { SolvedInputs, SolvedStep } from "../solve/solver.ts";
import type { Contexts } from "./contexts.ts";
import { type Read, readsOf } from "./reads.ts";
import type { RemoteFiles } from "./remote-files.ts";
import { atStep } from "./step-place.ts";
import type { Views } from "./views.ts";

type Steps = ReadonlyMap<StepId, Step>;

/** The definition keys of all steps of a graph (inputs come first). Of local contexts, what is selected is read and hashed. */
export function definitionKeys(
  steps: Steps,
  { contexts, remotes, file }: { contexts: Contexts; remotes: RemoteFiles; file: string },
): ReadonlyMap<StepId, CacheKey> {
  const keys = new Map<StepId, CacheKey>();
  for (const step of steps.values()) {
    const reads = readsOf(step, steps);
    const fields = atStep(step, file, () =>
      keyFields(step, {
        base: baseIndexes(step).map((at) => keys.get(step.inputs[at]?.step as StepId)),
        source: (index) =>
          step.kind === "http"
            ? remotes.contentOf(step)
            : definitionOf(reads.get(index), { steps, keys, contexts }),
      }),
    );
    keys.set(step.id, keyOf(fields));
  }
  return keys;
}

interface Definitions {
  readonly steps: Steps;
  readonly keys: ReadonlyMap<StepId, CacheKey>;
  readonly contexts: Contexts;
}

function definitionOf(read: Read | undefined, { steps, keys, contexts }: Definitions): FieldValue {
  if (!read) return undefined;
  const from = steps.get(read.from);
  if (from?.kind === "context") return digestContext(from, read, contexts);
  return ["step", keys.get(read.from), read.path];
}

function digestContext(from: ContextStep, read: Read, contexts: Contexts): FieldValue {
  const { view, hashing } = contexts.open(from.context);
  return ["context", read.digest(view, hashing)];
}

export interface ContentKeyOptions {
  readonly steps: Steps;
  readonly contexts: Contexts;
  readonly remotes: RemoteFiles;
  readonly views: Views;
}

/** A step's key by content: what its inputs hold, of exactly the paths it reads, instead of how they came about. */
export async function contentKeyOf(
  step: Step,
  inputs: SolvedInputs,
  { steps, contexts, remotes, views }: ContentKeyOptions,
): Promise<{ readonly key: CacheKey; readonly ingredients: FieldValue }> {
  const contents = new Map<number, FieldValue>();
  for (const [index, read] of readsOf(step, steps)) {
    const from = steps.get(read.from);
    const solved = inputs.sources.get(read.input);
    if (from?.kind === "context") contents.set(index, digestContext(from, read, contexts));
    else if (solved) contents.set(index, await digestLayers(solved, read, views));
  }
  const ingredients = keyFields(step, {
    base: inputs.base && [inputs.base.contentKey],
    source: (index) => (step.kind === "http" ? remotes.contentOf(step) : contents.get(index)),
  });
  return { key: keyOf(["content", ingredients]), ingredients };
}

async function digestLayers(solved: SolvedStep, read: Read, views: Views): Promise<FieldValue> {
  const view = await views.of(solved.layer);
  await view.prepare(read.places(view));
  return ["layers", read.digest(view, { xattrs: "layer" })];
}

function baseIndexes(step: Step): number[] {
  return step.inputs.flatMap(({ role }, index) => (role === "base" ? [index] : []));
}
