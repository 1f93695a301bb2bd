import { type ContentCheck, type CopyPlan, type Layer, type LayerStore, writePlan } from "@tsbuild/layers";

export interface WriteLayerOptions {
  readonly layers: LayerStore;
  readonly signal: AbortSignal;
  readonly check?: ContentCheck | undefined;
}

/** Writes what was planned as a layer on a chain. */
export async function writeLayer(
  plan: CopyPlan,
  base: Layer | undefined,
  { layers, signal, check }: WriteLayerOptions,
): Promise<Layer> {
  using writer = layers.writer(base, { signal });
  await writePlan(plan, writer, check);
  return await writer.finish();
}
