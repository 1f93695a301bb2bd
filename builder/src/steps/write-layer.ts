import {
  type CopyPlan,
  type Digest,
  type Layer,
  type LayerStore,
  type LayerWriter,
  writePlan,
} from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";

export interface WrittenPlan {
  readonly layer: Layer;
  /** Of each file, as its bytes were written. */
  readonly contentDigests: ReadonlyMap<TreePath, Digest>;
}

/** Writes what was planned as a layer on a chain; a cancelled build stops before the next file. */
export async function writeLayer(
  plan: CopyPlan,
  base: Layer | undefined,
  { layers, signal }: { readonly layers: LayerStore; readonly signal: AbortSignal },
): Promise<WrittenPlan> {
  using writer = layers.writer(base);
  await writePlan(plan, stoppable(writer, signal));
  const layer = await writer.finish();
  return { layer, contentDigests: writer.contentDigests };
}

function stoppable(writer: LayerWriter, signal: AbortSignal): LayerWriter {
  return {
    contentDigests: writer.contentDigests,
    add: (entry, content) =>
      writer.add(
        entry,
        typeof content === "function"
          ? () => {
              signal.throwIfAborted();
              return content();
            }
          : content,
      ),
    whiteout: (path) => writer.whiteout(path),
    opaque: (directory) => writer.opaque(directory),
    finish: () => writer.finish(),
    [Symbol.dispose]: () => undefined,
  };
}
