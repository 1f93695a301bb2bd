import type { CompressionForm, Layer } from "@tsbuild/layers";
import pLimit from "p-limit";
import type { BuildGraph, StepId } from "../graph/step.ts";
import type { BuildRequest } from "../request.ts";
import { packedForm } from "./packed-form.ts";

/** Packs finished layers as the exporters will want them, one at a time, while later steps run. */
export interface PackAhead {
  /** Takes the layer of a step; those that do not belong to the image are left as they are. */
  add(step: StepId, layer: Layer): void;
  /** Begins nothing any more. What has begun ends with `LayerStore.stop`. */
  end(): void;
}

/** What fails here is not told: the exporter asks for the same and fails where it belongs. */
export function createPackAhead(graph: BuildGraph, request: BuildRequest): PackAhead {
  const forms = formsOf(request);
  const wanted = imageSteps(graph);
  const limit = pLimit(1);
  let isOver = false;
  const pack = async (layer: Layer, form: CompressionForm): Promise<void> => {
    if (!isOver) await layer.compressed(form);
  };
  return {
    add(step, layer) {
      if (!wanted.has(step)) return;
      for (const form of forms) limit(pack, layer, form).catch(() => undefined);
    },
    end() {
      isOver = true;
    },
  };
}

/** With other times the layers of the image are others than those of the steps. */
function formsOf({ exports, reproducible = false }: BuildRequest): readonly CompressionForm[] {
  return reproducible ? [] : exports.flatMap((each) => packedForm(each) ?? []);
}

/** The steps whose layers the image has: the last one and what it stands on. */
function imageSteps({ steps, output }: BuildGraph): ReadonlySet<StepId> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const found = new Set<StepId>();
  for (let step = byId.get(output.step); step; ) {
    found.add(step.id);
    const base = step.inputs.find(({ role }) => role === "base");
    step = base && byId.get(base.step);
  }
  return found;
}
