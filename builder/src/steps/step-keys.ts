import type { TreeView } from "@tsbuild/layers";
import type { Step, StepId } from "../graph/step.ts";
import { type CacheKey, type FieldValue, keyOf } from "../solve/field-hash.ts";
import { keyFields } from "../solve/key-fields.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import type { Contexts, OpenContext } from "./context/contexts.ts";
import { digestRead } from "./sources/file-digests.ts";
import { type Read, readsOf } from "./sources/reads.ts";
import type { RemoteFiles } from "./remote/remote-files.ts";
import type { RemoteRepositories } from "./remote/remote-repositories.ts";
import { atStep } from "./step-place.ts";
import type { Views } from "./views.ts";

type Steps = ReadonlyMap<StepId, Step>;

export interface DefinitionKeyOptions {
  readonly contexts: Contexts;
  readonly remotes: RemoteFiles;
  readonly repositories: RemoteRepositories;
  /** The name of the Dockerfile, for errors. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/** The definition keys of all steps of a graph (inputs come first). Of local contexts, what is selected is read and hashed. */
export async function definitionKeys(
  steps: Steps,
  { contexts, file, signal, ...found }: DefinitionKeyOptions,
): Promise<ReadonlyMap<StepId, CacheKey>> {
  const keys = new Map<StepId, CacheKey>();
  for (const step of steps.values()) {
    const sources = new Map<number, FieldValue>();
    for (const [index, read] of readsOf(step, steps))
      sources.set(
        index,
        await atStep(step, file, () =>
          definitionOf({ step, index, read }, { steps, keys, contexts, signal }),
        ),
      );
    const fields = keyFields(step, {
      base: baseIndexes(step).map((at) => keys.get(step.inputs[at]?.step as StepId)),
      source: (index) => remoteContent(step, found) ?? sources.get(index),
    });
    keys.set(step.id, keyOf(fields));
  }
  return keys;
}

interface Definitions {
  readonly steps: Steps;
  readonly keys: ReadonlyMap<StepId, CacheKey>;
  readonly contexts: Contexts;
  readonly signal: AbortSignal;
}

/** The index-th read of a step. */
interface StepRead {
  readonly step: Step;
  readonly index: number;
  readonly read: Read;
}

async function definitionOf(
  reading: StepRead,
  { steps, keys, contexts, signal }: Definitions,
): Promise<FieldValue> {
  const { read } = reading;
  const from = steps.get(read.from);
  if (from?.kind === "context") return digestContext(reading, contexts.open(from.context), signal);
  return ["step", keys.get(read.from), read.path];
}

async function digestContext(
  { step, index, read }: StepRead,
  { view, digests, contents }: OpenContext,
  signal: AbortSignal,
): Promise<FieldValue> {
  const place = `${step.id} ${index}`;
  const content =
    contents.get(place) ?? (await digestRead(view, read, { xattrs: "context", digests, signal }));
  contents.set(place, content);
  return ["context", content];
}

export interface ContentKeyOptions {
  readonly steps: Steps;
  readonly contexts: Contexts;
  readonly remotes: RemoteFiles;
  readonly repositories: RemoteRepositories;
  readonly views: Views;
  readonly signal: AbortSignal;
}

/** A step's key by content: what its inputs hold, of exactly the paths it reads, instead of how they came about. */
export async function contentKeyOf(
  step: Step,
  inputs: SolvedInputs,
  { steps, contexts, views, signal, ...found }: ContentKeyOptions,
): Promise<{ readonly key: CacheKey; readonly ingredients: FieldValue }> {
  const contents = new Map<number, FieldValue>();
  for (const [index, read] of readsOf(step, steps)) {
    const from = steps.get(read.from);
    const solved = inputs.sources.get(read.input);
    if (from?.kind === "context")
      contents.set(index, await digestContext({ step, index, read }, contexts.open(from.context), signal));
    else if (solved) {
      const digest = await digestLayers(read, await views.of(solved.layer), signal);
      // Times count where they were asked for.
      const isDated = from?.kind === "git" && from.mtime === "commit";
      contents.set(index, isDated ? [digest, found.repositories.of(from).commit] : digest);
    }
  }
  const ingredients = keyFields(step, {
    base: inputs.base && [inputs.base.contentKey],
    source: (index) => remoteContent(step, found) ?? contents.get(index),
  });
  return { key: keyOf(["content", ingredients]), ingredients };
}

/** What is at the address of a step that reads no other step. */
function remoteContent(
  step: Step,
  { remotes, repositories }: Pick<ContentKeyOptions, "remotes" | "repositories">,
): FieldValue | undefined {
  if (step.kind === "http") return remotes.contentOf(step);
  return step.kind === "git" ? repositories.contentOf(step) : undefined;
}

async function digestLayers(read: Read, view: TreeView, signal: AbortSignal): Promise<FieldValue> {
  await view.prepare(read.places(view));
  return ["layers", await digestRead(view, read, { xattrs: "layer", digests: new Map(), signal })];
}

function baseIndexes(step: Step): number[] {
  return step.inputs.flatMap(({ role }, index) => (role === "base" ? [index] : []));
}
