import { createCopyPlan, type Layer, resolveOwner } from "@tsbuild/layers";
import { bytesFromText } from "@tsbuild/runner-native";
import type { MkdirStep } from "../graph/step.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import { warnOfUnknownNames } from "./warn.ts";
import { writeLayer } from "./write-layer.ts";
import type { StepOptions } from "./step-tools.ts";

/** WORKDIR: the directory and its missing parents, owned by the user of that moment; an empty layer when it is there. */
export async function runMkdir(
  step: MkdirStep,
  inputs: SolvedInputs,
  { tools, signal }: StepOptions,
): Promise<Layer> {
  const view = await tools.views.of(inputs.base?.layer);
  const { uid, gid, unknown } = await resolveOwner(view, step.user);
  warnOfUnknownNames(step, unknown, tools);
  const nowSeconds = Math.floor(tools.clock.now() / 1000);
  const plan = createCopyPlan(view, { chown: { uid, gid }, chmod: undefined, nowSeconds });
  plan.directory(bytesFromText(step.path));
  const { layers } = tools;
  return writeLayer(plan, inputs.base?.layer, { layers, signal });
}
