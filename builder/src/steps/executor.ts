import type { Layer } from "@tsbuild/layers";
import { builderError } from "../errors.ts";
import type { Step } from "../graph/step.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import { addDownload } from "./remote/add-download.ts";
import { addRepository } from "./remote/add-repository.ts";
import { copyContext } from "./copy-context.ts";
import { runCopy } from "./copy.ts";
import { runMkdir } from "./mkdir.ts";
import { runRun } from "./run.ts";
import { placeAt } from "./step-place.ts";
import type { StepOptions } from "./step-tools.ts";

/** Makes the layer of a step on its solved inputs. */
export async function executeStep(step: Step, inputs: SolvedInputs, options: StepOptions): Promise<Layer> {
  const { tools, signal } = options;
  try {
    return await layerOf(step, inputs, options);
  } catch (error) {
    throw signal.aborted ? error : placeAt(step, tools.request.dockerfile.name, error);
  }
}

function layerOf(step: Step, inputs: SolvedInputs, options: StepOptions): Promise<Layer> {
  switch (step.kind) {
    case "copy":
      return runCopy(step, inputs, options);
    case "mkdir":
      return runMkdir(step, inputs, options);
    case "run":
      return runRun(step, inputs, options);
    case "context":
      return copyContext(step.context, "", options);
    case "http":
      return addDownload(step, options.tools, options.signal);
    case "git":
      return addRepository(step, options);
    case "image":
    case "scratch":
      throw builderError("DOCKERFILE_UNSUPPORTED", `a ${step.kind} step cannot be made here`);
  }
}
