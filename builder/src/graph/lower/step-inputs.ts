import type { StepId, StepInput } from "../step.ts";

/** The inputs of one step, each tree once for what it is used as. */
export interface StepInputs {
  readonly list: readonly StepInput[];
  /** The position of an input, which is added when it is not there yet. */
  position(role: "source" | "mount", step: StepId): number;
}

/** Starts with the tree the step works on, when there is one. */
export function createInputs(base: StepId | undefined): StepInputs {
  const list: StepInput[] = base === undefined ? [] : [{ role: "base", step: base }];
  const positions = new Map<string, number>();
  return {
    list,
    position: (role, step) => {
      const key = `${role} ${step}`;
      const known = positions.get(key) ?? list.push({ role, step }) - 1;
      positions.set(key, known);
      return known;
    },
  };
}
