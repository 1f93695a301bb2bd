import type { BuildGraph, ImageOutput, Step, StepId } from "../step.ts";

type WithoutId<Kind> = Kind extends Step ? Omit<Kind, "id"> : never;

/** Collects the steps of a graph and gives them their ids. */
export interface StepList {
  add(step: WithoutId<Step>): StepId;
  /** Adds a step unless one was added under this key. */
  once(key: string, make: () => WithoutId<Step>): StepId;
  /** The graph of what `output` needs. */
  graph(output: ImageOutput): BuildGraph;
}

export function createStepList(): StepList {
  const steps: Step[] = [];
  const known = new Map<string, StepId>();
  const add = (step: WithoutId<Step>): StepId => {
    const id = `step-${steps.length}` as StepId;
    steps.push({ ...step, id } as Step);
    return id;
  };
  return {
    add,
    once: (key, make) => {
      const found = known.get(key) ?? add(make());
      known.set(key, found);
      return found;
    },
    graph: (output) => ({ version: 1, steps: neededFor(steps, output.step), output }),
  };
}

/** Inputs come before the steps that use them, so one pass from the end finds all that is needed. */
function neededFor(steps: readonly Step[], last: StepId): readonly Step[] {
  const needed = new Set<StepId>([last]);
  return steps
    .toReversed()
    .filter((step) => {
      if (!needed.has(step.id)) return false;
      for (const input of step.inputs) needed.add(input.step);
      return true;
    })
    .reverse();
}
