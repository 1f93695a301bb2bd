import type { Layer } from "@tsbuild/layers";
import type { EmitEvent } from "../events.ts";
import type { ContextStep, Step, StepId } from "../graph/step.ts";
import type { CachedStep, RecordedStep, StepCache } from "./cache.ts";
import type { CacheKey, FieldValue } from "./field-hash.ts";
import type { TaskGroup } from "./task-group.ts";

/** A step's result: the chain of layers up to this step (none: an empty tree), and its key by content. */
export interface SolvedStep {
  readonly layer: Layer | undefined;
  readonly contentKey: CacheKey;
}

/** The solved inputs of a step, by their place in `step.inputs`. Local contexts are no results of steps: they are missing here. */
export interface SolvedInputs {
  readonly base: SolvedStep | undefined;
  readonly sources: ReadonlyMap<number, SolvedStep>;
}

/** Does the work of steps; the solver decides what is to be done and when. */
export interface StepRunner {
  /** The chain of a step that needs no work: an image, scratch. Undefined for all others. */
  readonly given: (step: Step) => Promise<SolvedStep | undefined>;
  /** The key of what the inputs contain. */
  readonly contentKey: (
    step: Step,
    inputs: SolvedInputs,
    signal: AbortSignal,
  ) => Promise<{ readonly key: CacheKey; readonly ingredients: FieldValue }>;
  readonly execute: (step: Step, inputs: SolvedInputs, signal: AbortSignal) => Promise<Layer>;
}

export interface SolverOptions {
  readonly steps: readonly Step[];
  readonly definitionKey: (step: StepId) => CacheKey;
  readonly cache: StepCache;
  readonly runner: StepRunner;
  /** Steps whose cached result does not count (--no-cache). */
  readonly isFresh: (step: Step) => boolean;
  readonly tasks: TaskGroup;
  /** Held while a step is made: of all processes on one store, one makes it and the others take what it made. */
  readonly exclusive: (key: CacheKey, signal: AbortSignal) => Promise<Disposable>;
  /** How many run at once is decided here. */
  readonly limit: <Result>(step: Step, task: () => Promise<Result>) => Promise<Result>;
  /** Called once, before the first step that the cache does not answer. */
  readonly beforeWork: () => Promise<void>;
  readonly emit: EmitEvent;
  readonly now: () => number;
}

export interface Solver {
  /** The result of a step; whatever it needs is found in the cache or made, once, as parallel as it can be. */
  solve(step: StepId): Promise<SolvedStep>;
}

/**
 * Solves on demand, from the end: a step whose definition is in the cache asks for nothing but its base's record. Only what
 * is missing asks for its inputs, all at once.
 */
export function createSolver(options: SolverOptions): Solver {
  return new DemandSolver(options);
}

class DemandSolver implements Solver {
  readonly #options: SolverOptions;
  readonly #steps: ReadonlyMap<StepId, Step>;
  /** By definition key: equal steps are one. */
  readonly #solved = new Map<CacheKey, Promise<SolvedStep>>();
  readonly #found = new Map<CacheKey, Promise<SolvedStep | undefined>>();
  /** By content key: steps that turn out to be equal while one of them is running. */
  readonly #running = new Map<CacheKey, Promise<Layer>>();
  readonly #told = new Set<StepId>();
  /** Fresh steps, and all that is made of them. */
  readonly #changing = new Set<StepId>();
  #begun: Promise<void> | undefined;

  constructor(options: SolverOptions) {
    this.#options = options;
    this.#steps = new Map(options.steps.map((step) => [step.id, step]));
    for (const step of options.steps)
      if (options.isFresh(step) || step.inputs.some(({ step: id }) => this.#changing.has(id)))
        this.#changing.add(step.id);
  }

  solve(id: StepId): Promise<SolvedStep> {
    const key = this.#options.definitionKey(id);
    const known = this.#solved.get(key);
    if (known) return known;
    const step = this.#step(id);
    const solved = this.#options.tasks.run(() => this.#solve(step, key));
    this.#solved.set(key, solved);
    return solved;
  }

  async #solve(step: Step, key: CacheKey): Promise<SolvedStep> {
    const found = await this.#find(step, key);
    if (found) {
      this.#tellCached(step);
      return found;
    }
    await this.#begin();
    const inputs = await this.#inputs(step, key);
    // The base may have turned out, by content, to be the very layer that the record lies on.
    const late = this.#byDefinition(step, key, inputs.base);
    if (late) {
      this.#tellCached(step);
      return late;
    }
    return this.#byContent(step, key, inputs);
  }

  /** Looks into the cache without solving anything. */
  #find(step: Step, key: CacheKey): Promise<SolvedStep | undefined> {
    const known = this.#found.get(key);
    if (known) return known;
    const found = this.#findNow(step, key);
    this.#found.set(key, found);
    return found;
  }

  async #findNow(step: Step, key: CacheKey): Promise<SolvedStep | undefined> {
    const given = await this.#options.runner.given(step);
    if (given) return given;
    if (!this.#options.cache.find(key)) return undefined;
    const base = baseOf(step);
    const below = base && (await this.#find(this.#step(base), this.#options.definitionKey(base)));
    return base && !below ? undefined : this.#byDefinition(step, key, below);
  }

  /** The record of a definition says nothing where a source is made anew: then what the source contains decides. */
  #byDefinition(step: Step, key: CacheKey, base: SolvedStep | undefined): CachedStep | undefined {
    const isStale = [...sourcesOf(step).values()].some((id) => this.#changing.has(id));
    return isStale ? undefined : this.#lookUp(step, key, base);
  }

  /** A record counts only where its layer lies on the base's actual layer. */
  #lookUp(step: Step, key: CacheKey, base: SolvedStep | undefined): CachedStep | undefined {
    const { cache, isFresh } = this.#options;
    const cached = isFresh(step) ? undefined : cache.find(key);
    return cached && cached.layer.parent?.id === base?.layer?.id ? cached : undefined;
  }

  async #inputs(step: Step, key: CacheKey): Promise<SolvedInputs> {
    const base = baseOf(step);
    const solvedBase = base && this.solve(base);
    // With a record at hand the base alone may decide; otherwise everything is wanted at once.
    if (this.#options.cache.find(key) && !this.#options.isFresh(step)) {
      const below = await solvedBase;
      if (this.#byDefinition(step, key, below)) return { base: below, sources: new Map() };
    }
    const sources = [...sourcesOf(step)]
      .filter(([, id]) => !isContext(this.#step(id)))
      .map(async ([index, id]) => [index, await this.solve(id)] as const);
    const [below, entries] = await Promise.all([solvedBase, Promise.all(sources)]);
    return { base: below, sources: new Map(entries) };
  }

  async #byContent(step: Step, key: CacheKey, inputs: SolvedInputs): Promise<SolvedStep> {
    const { cache, runner, tasks } = this.#options;
    const { key: contentKey, ingredients } = await runner.contentKey(step, inputs, tasks.signal);
    const cached = this.#lookUp(step, contentKey, inputs.base);
    if (cached) {
      cache.record(key, { layer: cached.layer, contentKey, ingredients });
      this.#tellCached(step);
      return { layer: cached.layer, contentKey };
    }
    const twin = this.#running.get(contentKey);
    const layer = await (twin ?? this.#make(step, { contentKey, ingredients }, inputs));
    if (twin) this.#tellCached(step);
    if (key !== contentKey) cache.record(key, { layer, contentKey, ingredients });
    return { layer, contentKey };
  }

  #make(step: Step, keys: Omit<RecordedStep, "layer">, inputs: SolvedInputs): Promise<Layer> {
    const work = this.#makeAlone(step, keys, inputs);
    this.#running.set(keys.contentKey, work);
    return work;
  }

  async #makeAlone(step: Step, keys: Omit<RecordedStep, "layer">, inputs: SolvedInputs): Promise<Layer> {
    const { cache, exclusive, tasks } = this.#options;
    using _ = await exclusive(keys.contentKey, tasks.signal);
    const made = this.#lookUp(step, keys.contentKey, inputs.base);
    if (made) {
      this.#tellCached(step);
      return made.layer;
    }
    const layer = await this.#execute(step, inputs);
    cache.record(keys.contentKey, { layer, ...keys });
    return layer;
  }

  #execute(step: Step, inputs: SolvedInputs): Promise<Layer> {
    const { limit, runner, tasks } = this.#options;
    return limit(step, async () => {
      tasks.signal.throwIfAborted();
      this.#tell("step-start", step);
      try {
        const layer = await runner.execute(step, inputs, tasks.signal);
        this.#tell("step-done", step);
        return layer;
      } catch (error) {
        this.#tellEnd(step, error);
        throw error;
      }
    });
  }

  #begin(): Promise<void> {
    this.#begun ??= this.#options.beforeWork();
    return this.#begun;
  }

  /** What a cached step needs is not looked at, and as good as cached; it is told first. */
  #tellCached(step: Step): void {
    this.#told.add(step.id);
    for (const { step: id } of step.inputs) {
      const input = this.#step(id);
      const isOwn = this.#solved.has(this.#options.definitionKey(id)) || input.kind === "context";
      if (!isOwn && !this.#told.has(id)) this.#tellCached(input);
    }
    this.#tell("step-cached", step);
  }

  #tell(kind: "step-start" | "step-done" | "step-cached", { id }: Step): void {
    this.#options.emit({ kind, timeMs: this.#options.now(), step: id });
  }

  #tellEnd({ id }: Step, error: unknown): void {
    const { emit, now, tasks } = this.#options;
    if (tasks.signal.aborted) emit({ kind: "step-cancelled", timeMs: now(), step: id });
    else
      emit({
        kind: "step-failed",
        timeMs: now(),
        step: id,
        error: error instanceof Error ? error : new Error(String(error)),
      });
  }

  #step(id: StepId): Step {
    return this.#steps.get(id) as Step;
  }
}

function baseOf(step: Step): StepId | undefined {
  return step.inputs.find(({ role }) => role === "base")?.step;
}

function sourcesOf(step: Step): Map<number, StepId> {
  const sources = new Map<number, StepId>();
  step.inputs.forEach(({ role, step: id }, index) => role !== "base" && sources.set(index, id));
  return sources;
}

function isContext(step: Step): step is ContextStep {
  return step.kind === "context";
}
