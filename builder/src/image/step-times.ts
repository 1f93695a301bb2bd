import type { BuildGraph, Step, StepId } from "../graph/step.ts";

/**
 * What an image with an epoch does with the times in a new layer. "set": they come from a checkout or from the moment of the build,
 * so all become the epoch. "clamped": only what is younger than the epoch. "kept": nothing.
 */
export type NewTimes = "set" | "clamped" | "kept";

/**
 * Which times an epoch changes. "directories": as with BuildKit only those of the directories that WORKDIR makes. "young": these, and
 * whatever is younger than the epoch. "all": every time that depends on when and from what it was built.
 */
export type RedatedLayers = "directories" | "young" | "all";

/** For each layer that the build put on its base, bottom first. */
export function timesOfSteps({ steps, output }: BuildGraph, which: RedatedLayers): NewTimes[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const tainted = fromContexts(steps);
  const times: NewTimes[] = [];
  let at = byId.get(output.step);
  while (at && at.kind !== "image" && at.kind !== "scratch") {
    const others = which === "young" ? "clamped" : "kept";
    times.push(which === "all" || at.kind === "mkdir" ? timesOf(at, tainted) : others);
    const base = at.inputs.find(({ role }) => role === "base")?.step;
    at = base === undefined ? undefined : byId.get(base);
  }
  return times.reverse();
}

function timesOf(step: Step, tainted: ReadonlySet<StepId>): NewTimes {
  switch (step.kind) {
    case "copy": {
      const isInline = step.sources.some(({ kind }) => kind === "inline");
      const isTainted = step.inputs.some(({ role, step: id }) => role === "source" && tainted.has(id));
      return isInline || isTainted ? "set" : "clamped";
    }
    case "mkdir":
    case "context":
    case "git":
    case "http":
      return "set";
    case "run":
    case "image":
    case "scratch":
      return "clamped";
  }
}

/** Steps whose result holds files of a context, perhaps by way of other stages: inputs come first. */
function fromContexts(steps: readonly Step[]): ReadonlySet<StepId> {
  const found = new Set<StepId>();
  for (const step of steps) {
    const isContext = step.kind === "context" || step.kind === "git" || step.kind === "http";
    if (isContext || step.inputs.some(({ step: id }) => found.has(id))) found.add(step.id);
  }
  return found;
}
