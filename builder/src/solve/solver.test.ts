import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer, LayerId } from "@tsbuild/layers";
import fc from "fast-check";
import pLimit from "p-limit";
import type { BuildEvent } from "../events.ts";
import type { RunStep, Step, StepId } from "../graph/step.ts";
import type { CachedStep, StepCache } from "./cache.ts";
import { type CacheKey, keyOf } from "./field-hash.ts";
import { createSolver, type SolvedStep } from "./solver.ts";
import { createTaskGroup } from "./task-group.ts";

/** A step that only exists here: what it is made of, and what becomes of it. */
interface Virtual {
  readonly label: string;
  readonly base: number | undefined;
  readonly sources: readonly number[];
  readonly delay: number;
  /** Steps with equal content are equal to whoever copies from them. */
  readonly content: string;
  readonly fails: boolean;
}

function stepOf({ label, base, sources }: Virtual, index: number): RunStep {
  return {
    kind: "run",
    id: `step-${index}` as StepId,
    name: label,
    stage: "",
    span: undefined,
    inputs: [
      ...(base === undefined ? [] : [{ role: "base", step: `step-${base}` as StepId } as const]),
      ...sources.map((at) => ({ role: "mount", step: `step-${at}` as StepId }) as const),
    ],
    platform: { os: "linux", architecture: "amd64" },
    argv: [label],
    env: [],
    proxyEnv: [],
    cwd: "/",
    user: "",
    network: "default",
    security: "sandbox",
    devices: [],
    hostname: undefined,
    extraHosts: [],
    mounts: [],
  };
}

type Records = Map<CacheKey, CachedStep>;

interface World {
  readonly records: Records;
  readonly runs: string[];
  readonly events: BuildEvent[];
  readonly contents: Map<LayerId, string>;
  running: number;
  mostRunning: number;
}

function newWorld(records: Records = new Map()): World {
  return { records, runs: [], events: [], contents: new Map(), running: 0, mostRunning: 0 };
}

interface Solving {
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly isFresh?: (step: Step) => boolean;
}

async function solveLast(
  graph: readonly Virtual[],
  world: World,
  { jobs = 16, signal = new AbortController().signal, isFresh = () => false }: Solving = {},
): Promise<SolvedStep> {
  const steps = graph.map(stepOf);
  const keys = new Map<StepId, CacheKey>();
  for (const step of steps)
    keys.set(step.id, keyOf([step.argv, step.inputs.map(({ role, step: id }) => [role, keys.get(id)])]));
  const cache: StepCache = {
    find: (key) => world.records.get(key),
    record: (key, { layer, contentKey }) => void world.records.set(key, { layer, contentKey }),
  };
  const tasks = createTaskGroup(signal);
  const limit = pLimit(jobs);
  const indexOf = (step: Step): number => steps.findIndex(({ id }) => id === step.id);
  const solver = createSolver({
    steps,
    definitionKey: (id) => keys.get(id) as CacheKey,
    cache,
    runner: {
      given: async () => undefined,
      contentKey: async (step, { base, sources }) => {
        const contents = [...sources.values()].map(({ layer }) => world.contents.get(layer?.id as LayerId));
        const ingredients = [step.kind === "run" ? step.argv : [], base?.contentKey, contents];
        return { key: keyOf(["content", ingredients]), ingredients };
      },
      execute: async (step, { base }, own) => {
        const { label, delay, content, fails } = graph[indexOf(step)] as Virtual;
        world.runs.push(label);
        world.mostRunning = Math.max(world.mostRunning, ++world.running);
        try {
          for (let turn = 0; turn < delay; turn++) {
            await new Promise(setImmediate);
            own.throwIfAborted();
          }
          if (fails) throw new Error(label);
        } finally {
          world.running--;
        }
        const id = `${base?.layer?.id ?? ""}/${content}` as LayerId;
        world.contents.set(id, content);
        return { id, parent: base?.layer } as Layer;
      },
    },
    isFresh,
    tasks,
    exclusive: async () => ({ [Symbol.dispose]() {} }),
    limit: (_, task) => limit(task),
    beforeWork: async () => undefined,
    emit: (event) => void world.events.push(event),
    now: () => 0,
  });
  const last = steps.at(-1) as Step;
  const solving = solver.solve(last.id);
  await Promise.allSettled([solving]);
  await tasks.settle();
  return solving;
}

function virtual(label: string, given: Partial<Virtual> = {}): Virtual {
  return { label, base: undefined, sources: [], delay: 1, content: label, fails: false, ...given };
}

const step = fc.record({
  label: fc.constantFrom(..."a b c d e f g h i j".split(" ")),
  base: fc.option(fc.nat(), { nil: undefined }),
  sources: fc.array(fc.nat(), { maxLength: 3 }),
  delay: fc.nat(4),
  fails: fc.constant(false),
});

/** Random graphs: inputs come before the steps that use them; some steps are equal to others. */
const graphs: fc.Arbitrary<Virtual[]> = fc.array(step, { minLength: 1, maxLength: 30 }).map((steps) =>
  steps.map((each, index) => ({
    ...each,
    content: each.label,
    base: index === 0 || each.base === undefined ? undefined : each.base % index,
    sources: index === 0 ? [] : each.sources.map((at) => at % index),
  })),
);

/** What a step is, inputs and all. */
function definitionOf(graph: readonly Virtual[], index: number): string {
  const { label, base, sources } = graph[index] as Virtual;
  const of = (at: number): string => definitionOf(graph, at);
  return JSON.stringify([label, base === undefined ? "" : of(base), sources.map(of)]);
}

function neededBy(graph: readonly Virtual[]): Set<number> {
  const needed = new Set([graph.length - 1]);
  for (let at = graph.length - 1; at >= 0; at--) {
    const { base, sources } = graph[at] as Virtual;
    if (needed.has(at)) for (const input of [base ?? [], sources].flat()) needed.add(input);
  }
  return needed;
}

test("random graphs: every step that is needed is told once, equal ones run once, --jobs changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(graphs, fc.integer({ min: 1, max: 16 }), async (graph, jobs) => {
      const needed = neededBy(graph);
      fc.pre(needed.size < 14);
      const world = newWorld();
      const solved = await solveLast(graph, world, { jobs });
      const definitions = new Set([...needed].map((at) => definitionOf(graph, at)));
      assert.ok(world.runs.length <= definitions.size);
      assert.ok(world.mostRunning <= jobs);
      const sequential = await solveLast(graph, newWorld(), { jobs: 1 });
      assert.equal(solved.layer?.id, sequential.layer?.id);
      assert.equal(solved.contentKey, sequential.contentKey);
      const again = newWorld(world.records);
      const cached = await solveLast(graph, again, { jobs });
      assert.deepEqual(again.runs, []);
      assert.equal(cached.layer?.id, solved.layer?.id);
      const told = again.events.flatMap((event) => (event.kind === "step-cached" ? event.step : []));
      assert.equal(new Set(told).size, told.length);
    }),
    { numRuns: 300 },
  );
});

test("random failures: the error is one that happened, nothing runs on, dependents never begin", async () => {
  const failing = fc.tuple(graphs, fc.array(fc.nat(29), { minLength: 1, maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(failing, async ([plain, failures]) => {
      const graph = plain.map((each, index) => ({
        ...each,
        label: `${index}`,
        content: `${index}`,
        fails: failures.includes(index),
      }));
      const needed = neededBy(graph);
      const expected = failures.filter((at) => needed.has(at)).map(String);
      const world = newWorld();
      const outcome = await solveLast(graph, world).then(
        () => "solved",
        (error: Error) => error.message,
      );
      assert.equal(world.running, 0);
      assert.ok(expected.length === 0 ? outcome === "solved" : expected.includes(outcome), outcome);
      for (const label of world.runs) {
        const { base, sources } = graph[Number(label)] as Virtual;
        for (const input of [base ?? [], sources].flat()) assert.ok(!graph[input]?.fails, `${label} began`);
      }
    }),
    { numRuns: 300 },
  );
});

test("independent steps run at the same time", async () => {
  const world = newWorld();
  const six = Array.from({ length: 6 }, (_, index) => virtual(`s${index}`, { delay: 5 }));
  await solveLast([...six, virtual("last", { sources: [0, 1, 2, 3, 4, 5] })], world);
  assert.equal(world.mostRunning, 6);
});

test("only what the target needs is run", async () => {
  const world = newWorld();
  await solveLast([virtual("unneeded", { fails: true }), virtual("a"), virtual("b", { base: 1 })], world);
  assert.deepEqual(world.runs, ["a", "b"]);
});

test("a source that runs again with an equal result keeps what was made from it", async () => {
  const world = newWorld();
  const graph = (first: string): Virtual[] => [
    virtual(first, { content: "same" }),
    virtual("copy", { sources: [0] }),
    virtual("after", { base: 1 }),
  ];
  await solveLast(graph("one"), world);
  const next = newWorld(world.records);
  await solveLast(graph("two"), next);
  assert.deepEqual(next.runs, ["two"]);
  const third = newWorld(world.records);
  await solveLast(graph("two"), third);
  assert.deepEqual(third.runs, []);
});

test("a step whose base was made again, with another result, is made again", async () => {
  const world = newWorld();
  const graph = (content: string): Virtual[] => [virtual("base", { content }), virtual("top", { base: 0 })];
  await solveLast(graph("old"), world);
  const next = newWorld(world.records);
  await solveLast(graph("new"), next, { isFresh: ({ name }) => name === "base" });
  assert.deepEqual(next.runs, ["base", "top"]);
});

test("a step whose base was made again, with the same result, is cached", async () => {
  const world = newWorld();
  const graph = [virtual("base"), virtual("top", { base: 0 })];
  await solveLast(graph, world);
  const next = newWorld(world.records);
  await solveLast(graph, next, { isFresh: ({ name }) => name === "base" });
  assert.deepEqual(next.runs, ["base"]);
});

test("a step whose source is made again with another result runs again", async () => {
  const graph = (content: string): readonly Virtual[] => [
    virtual("source", { content }),
    virtual("copy", { sources: [0], content: `copy of ${content}` }),
    virtual("last", { base: 1 }),
  ];
  const world = newWorld();
  await solveLast(graph("old"), world);
  const isFresh: Solving["isFresh"] = ({ name }) => name === "source";
  const other = newWorld(world.records);
  await solveLast(graph("new"), other, { isFresh });
  assert.deepEqual(other.runs, ["source", "copy", "last"]);
  const same = newWorld(other.records);
  await solveLast(graph("new"), same, { isFresh });
  assert.deepEqual(same.runs, ["source"], "its result is the same");
});

test("--no-cache runs everything, and what it makes is in the cache afterwards", async () => {
  const world = newWorld();
  const graph = [virtual("base"), virtual("top", { base: 0 })];
  await solveLast(graph, world);
  const next = newWorld(world.records);
  await solveLast(graph, next, { isFresh: () => true });
  assert.deepEqual(next.runs, ["base", "top"]);
});

test("a failure cancels what is running beside it", async () => {
  const world = newWorld();
  const graph = [
    virtual("slow", { delay: 1000 }),
    virtual("bad", { delay: 2, fails: true }),
    virtual("last", { sources: [0, 1] }),
  ];
  await assert.rejects(solveLast(graph, world), { message: "bad" });
  const ends = world.events.flatMap((event) =>
    event.kind === "step-failed" || event.kind === "step-cancelled" ? `${event.kind} ${event.step}` : [],
  );
  assert.deepEqual(ends, ["step-failed step-1", "step-cancelled step-0"]);
});

test("the outer signal stops everything with its reason", async () => {
  const world = newWorld();
  const controller = new AbortController();
  const reason = new Error("enough");
  setImmediate(() => controller.abort(reason));
  const graph = [virtual("slow", { delay: 1000 }), virtual("last", { base: 0 })];
  await assert.rejects(solveLast(graph, world, { signal: controller.signal }), reason);
  assert.equal(world.running, 0);
  assert.ok(world.events.some(({ kind }) => kind === "step-cancelled"));
});
