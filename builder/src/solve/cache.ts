import type { Layer, LayerId, LayerStore, RecordTable } from "@tsbuild/layers";
import type { CacheKey, FieldValue } from "./field-hash.ts";

/** What the cache knows of a step: its layer, what that lies on, and the key by content, which goes on to the next step. */
export interface CachedStep {
  readonly layer: Layer;
  readonly contentKey: CacheKey;
}

export interface RecordedStep extends CachedStep {
  /** What the key was made of, so that a miss can be explained. */
  readonly ingredients: FieldValue;
}

/** The results of steps by key. A record whose layer is gone is none. */
export interface StepCache {
  find(key: CacheKey): CachedStep | undefined;
  record(key: CacheKey, step: RecordedStep): void;
}

/** One cache record as it is stored: a small JSON document. */
interface RecordJson {
  readonly version: number;
  readonly layer: string;
  readonly parent: string | null;
  readonly contentKey: string;
  readonly ingredients: unknown;
}

const recordVersion = 1;

/** Larger ingredients (a heredoc of megabytes, a thousand sources) are left out: they explain nothing to anybody. */
const maxIngredientsLength = 64 << 10;

export function createStepCache(records: RecordTable, layers: LayerStore): StepCache {
  return {
    find(key) {
      const record = parseRecord(records.get(key));
      const layer = record && layers.get(record.layer as LayerId);
      if (!record || !layer || (layer.parent?.id ?? null) !== record.parent) return undefined;
      return { layer, contentKey: record.contentKey as CacheKey };
    },
    record(key, { layer, contentKey, ingredients }) {
      const record: RecordJson = {
        version: recordVersion,
        layer: layer.id,
        parent: layer.parent?.id ?? null,
        contentKey,
        ingredients: JSON.stringify(ingredients).length > maxIngredientsLength ? null : ingredients,
      };
      const used = layer.parent ? [layer.id, layer.parent.id] : [layer.id];
      records.put(key, JSON.stringify(record), used);
    },
  };
}

/** A record that another version wrote, or that is damaged, is as good as none. */
function parseRecord(json: string | undefined): RecordJson | undefined {
  if (json === undefined) return undefined;
  try {
    const record = JSON.parse(json) as Partial<RecordJson>;
    const isKnown =
      record.version === recordVersion &&
      typeof record.layer === "string" &&
      typeof record.contentKey === "string" &&
      (record.parent === null || typeof record.parent === "string");
    return isKnown ? (record as RecordJson) : undefined;
  } catch {
    // Not JSON: the record is damaged, the step runs again and replaces it.
    return undefined;
  }
}
