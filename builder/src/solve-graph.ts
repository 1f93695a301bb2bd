import { availableParallelism } from "node:os";
import type { Layer } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import pLimit from "p-limit";
import type { LoadedGraph } from "./build-graph.ts";
import type { DeviceRegistry } from "./devices/device-registry.ts";
import type { EmitEvent } from "./events.ts";
import type { PackAhead } from "./export/pack-ahead.ts";
import type { ImageStep, Step, StepId } from "./graph/step.ts";
import type { BuilderPorts } from "./ports.ts";
import type { BuildRequest } from "./request.ts";
import { createStepCache } from "./solve/cache.ts";
import type { CacheKey } from "./solve/field-hash.ts";
import { createSolver, type SolvedStep, type Solver, type StepRunner } from "./solve/solver.ts";
import { createTaskGroup } from "./solve/task-group.ts";
import { createContexts } from "./steps/context/contexts.ts";
import { executeStep } from "./steps/executor.ts";
import { createCacheResets } from "./steps/mounts/cache-resets.ts";
import { createNetworkFiles } from "./steps/network-files.ts";
import type { RemoteFiles } from "./steps/remote/remote-files.ts";
import { lookAtRemoteRepositories } from "./steps/remote/remote-repositories.ts";
import { contentKeyOf, definitionKeys } from "./steps/step-keys.ts";
import { createViews } from "./steps/views.ts";
import type { RunTask } from "./task.ts";
import type { StepTools } from "./steps/step-tools.ts";

export interface SolveOptions {
  readonly request: BuildRequest;
  readonly ports: BuilderPorts;
  readonly emit: EmitEvent;
  readonly remotes: RemoteFiles;
  readonly ahead: PackAhead;
  readonly devices: DeviceRegistry;
  readonly beforeWork: () => Promise<void>;
  readonly task: RunTask;
}

/**
 * The layers of a graph's output. When a file of a context changes under the build's hands, everything is looked at
 * once more; what is done already is in the cache.
 * @throws SOURCE_CHANGED when it goes on changing
 */
export async function solveGraph(loaded: LoadedGraph, options: SolveOptions): Promise<Layer | undefined> {
  try {
    return await solveOnce(loaded, options);
  } catch (error) {
    if (!(error instanceof TsbuildError && changeCodes.has(error.code))) throw error;
    const { emit, ports } = options;
    emit({ kind: "notice", timeMs: ports.clock.now(), message: `${error.message}: trying once more` });
    options.remotes.forget();
    return solveOnce(loaded, options);
  }
}

/** Found by its digest, or while it was being read. */
const changeCodes: ReadonlySet<string> = new Set(["SOURCE_CHANGED", "CONTENT_CHANGED"]);

async function solveOnce(loaded: LoadedGraph, options: SolveOptions): Promise<Layer | undefined> {
  const { ports, request } = options;
  const steps = new Map(loaded.graph.steps.map((step) => [step.id, step]));
  using contexts = createContexts({ request, memos: ports.store.memos, clock: ports.clock });
  await using views = createViews(ports.layers);
  const { emit } = options;
  const networkFiles = createNetworkFiles({ store: ports.store, addHosts: request.addHosts });
  const { remotes, devices } = options;
  await remotes.lookAt(steps);
  const repositories = await lookAtRemoteRepositories(steps, { ports, request, task: options.task });
  const isFresh = freshness(request);
  const cacheResets = createCacheResets(steps.values(), isFresh, ports.store);
  const seen = { contexts, remotes, repositories, views };
  const tools = { ...ports, ...seen, request, steps, networkFiles, cacheResets, devices, emit };
  const keys = await readContexts(steps, { tools, file: request.dockerfile.name });
  const tasks = createTaskGroup(request.signal);
  const stop = (): Promise<void> => ports.layers.stop(tasks.signal.reason);
  tasks.signal.addEventListener("abort", () => void stop(), { once: true });
  const solver = createSolver({
    steps: loaded.graph.steps,
    definitionKey: (id) => keys.get(id) as CacheKey,
    cache: createStepCache(ports.store.records, ports.layers),
    runner: runnerOf(loaded, { tools, keys, ahead: options.ahead, signal: tasks.signal }),
    isFresh,
    tasks,
    exclusive: (key, signal) => ports.store.lock(`step ${key}`, "exclusive", signal),
    limit: limits(request),
    beforeWork: options.beforeWork,
    emit,
    now: () => ports.clock.now(),
  });
  try {
    return (await settle(solver, loaded.graph.output.step, tasks)).layer;
  } catch (error) {
    await stop();
    throw error;
  } finally {
    if (!ports.store.readOnly) contexts.save();
  }
}

/** Nothing is running any more when this returns or throws. */
async function settle(
  solver: Solver,
  id: StepId,
  tasks: ReturnType<typeof createTaskGroup>,
): Promise<SolvedStep> {
  const solving = solver.solve(id);
  await Promise.allSettled([solving]);
  await tasks.settle();
  return solving;
}

async function readContexts(
  steps: ReadonlyMap<StepId, Step>,
  { tools, file }: { tools: StepTools; file: string },
): Promise<ReadonlyMap<StepId, CacheKey>> {
  const { emit, clock, contexts, remotes, repositories, request } = tools;
  const read = [...steps.values()].filter(({ kind }) => kind === "context");
  for (const { id } of read) emit({ kind: "step-start", timeMs: clock.now(), step: id });
  const keys = await definitionKeys(steps, { contexts, remotes, repositories, file, signal: request.signal });
  for (const { id } of read) emit({ kind: "step-done", timeMs: clock.now(), step: id });
  return keys;
}

/** What --no-cache and --no-cache-filter say of a step; stages are named in any case. */
function freshness({ noCache, noCacheFilter = [] }: BuildRequest): (step: Step) => boolean {
  const stages = new Set(noCacheFilter.map((name) => name.toLowerCase()));
  return (step) => !isGiven(step) && (noCache === true || stages.has(step.stage.toLowerCase()));
}

function isGiven({ kind }: Step): boolean {
  return kind === "image" || kind === "scratch" || kind === "context";
}

interface RunnerOptions {
  readonly tools: StepTools & Pick<BuilderPorts, "images">;
  readonly keys: ReadonlyMap<StepId, CacheKey>;
  readonly ahead: PackAhead;
  /** Ends downloads when anything has failed. */
  readonly signal: AbortSignal;
}

function runnerOf({ bases }: LoadedGraph, { tools, keys, ahead, signal }: RunnerOptions): StepRunner {
  const chains = new Map<StepId, Promise<Layer | undefined>>();
  const chainOf = (step: ImageStep): Promise<Layer | undefined> => {
    const known = chains.get(step.id) ?? imageLayers(step, { bases, tools, signal });
    chains.set(step.id, known);
    return known;
  };
  return {
    async given(step) {
      const contentKey = keys.get(step.id) as CacheKey;
      if (step.kind === "scratch") return { layer: undefined, contentKey };
      return step.kind === "image" ? { layer: await chainOf(step), contentKey } : undefined;
    },
    contentKey: (step, inputs, stop) => contentKeyOf(step, inputs, { ...tools, signal: stop }),
    execute: async (step, inputs, stop) => {
      const layer = await executeStep(step, inputs, { tools, signal: stop });
      ahead.add(step.id, layer);
      return layer;
    },
  };
}

async function imageLayers(
  step: ImageStep,
  { bases, tools, signal }: Omit<RunnerOptions, "keys" | "ahead"> & Pick<LoadedGraph, "bases">,
): Promise<Layer | undefined> {
  const base = bases.get(step.digest);
  if (!base) throw new TypeError(`${step.reference} was not resolved`);
  const { emit, clock } = tools;
  return tools.images.layers(base, {
    signal,
    onTransfer: (what, doneBytes, totalBytes) =>
      emit({ kind: "transfer", timeMs: clock.now(), owner: step.id, what, doneBytes, totalBytes }),
  });
}

/** RUN steps wait for each other only when --jobs says so; what keeps this process busy is limited to the cores. */
function limits(request: BuildRequest): <Result>(step: Step, task: () => Promise<Result>) => Promise<Result> {
  const processes = request.jobs === undefined ? undefined : pLimit(request.jobs);
  const own = pLimit(availableParallelism());
  return (step, task) => {
    if (step.kind !== "run") return own(task);
    return processes ? processes(task) : task();
  };
}
