import type { HistoryEntry } from "@tsbuild/layers";

export interface HistoryTimes {
  /** The base's entries, as they are: their times stay. */
  readonly base: readonly HistoryEntry[];
  /** The whole history: as many entries with a layer as there are layers. */
  readonly history: readonly HistoryEntry[];
  /** When each layer was made, bottom first. */
  readonly layerTimesMs: readonly (number | undefined)[];
  readonly epochMs: number | undefined;
  /** New entries have the epoch itself, also when they are older. */
  readonly isExact: boolean;
}

/**
 * Dates a history as BuildKit does: an entry with a layer has the layer's time, one without the time of the first new layer,
 * from then on that of the layer before it. New entries are never younger than the epoch.
 */
export function datedHistory({
  base,
  history,
  layerTimesMs,
  epochMs,
  isExact,
}: HistoryTimes): HistoryEntry[] {
  let layer = 0;
  const withLayers = history.map((entry) => {
    const own = entry.empty_layer === true ? undefined : layerTimesMs[layer++];
    return entry.created === undefined && own !== undefined ? { ...entry, created: goTime(own) } : entry;
  });
  const dated = fillGaps(withLayers);
  if (epochMs === undefined) return dated;
  return dated.map((entry, index) => {
    if (index < base.length) return entry;
    return isExact ? { ...entry, created: goTime(epochMs) } : clamp(entry, epochMs);
  });
}

function fillGaps(history: readonly HistoryEntry[]): HistoryEntry[] {
  const firstGap = history.findIndex(({ created }) => created === undefined);
  const firstNew = history.find(({ created }, index) => index > firstGap && created !== undefined);
  const lastBefore = history.findLast(({ created }) => created !== undefined);
  let time = firstNew?.created ?? lastBefore?.created;
  return history.map((entry, index) => {
    if (entry.created !== undefined) {
      if (firstGap >= 0 && index > firstGap) time = entry.created;
      return entry;
    }
    return time === undefined ? entry : { ...entry, created: time };
  });
}

function clamp(entry: HistoryEntry, epochMs: number): HistoryEntry {
  const isOlder = entry.created !== undefined && Date.parse(entry.created) <= epochMs;
  return isOlder ? entry : { ...entry, created: goTime(epochMs) };
}

/** When the image was made: with its last instruction. */
export function lastCreated(history: readonly HistoryEntry[]): string | undefined {
  return history.findLast(({ created }) => created !== undefined)?.created;
}

/** A time as Go writes it: RFC 3339 without trailing zeros. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}
