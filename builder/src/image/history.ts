import type { HistoryEntry } from "@tsbuild/layers";

/** The comment of entries that no Dockerfile instruction wrote. */
const exporterComment = "buildkit.exporter.image.v0";

/**
 * Fits a history to the layers of its image, as BuildKit does: there are as many entries with a layer as layers.
 * Layers that no entry tells of get one at the very end; entries too many lose their layer, the oldest first.
 */
export function fitHistory(
  history: readonly HistoryEntry[],
  layers: readonly { readonly description: string }[],
): readonly HistoryEntry[] {
  const told = history.filter((entry) => entry.empty_layer !== true).length;
  const missing = layers
    .slice(told)
    .map(({ description }): HistoryEntry => ({ created_by: description, comment: exporterComment }));
  let surplus = told - layers.length;
  const fitted = history.map((entry) =>
    entry.empty_layer === true || surplus-- <= 0 ? entry : { ...entry, empty_layer: true },
  );
  return [...fitted, ...missing];
}
