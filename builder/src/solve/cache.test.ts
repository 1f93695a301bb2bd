import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer, LayerId, LayerStore, RecordTable } from "@tsbuild/layers";
import { createStepCache } from "./cache.ts";
import { type CacheKey, keyOf } from "./field-hash.ts";

interface Memory {
  readonly json: Map<string, string>;
  readonly layers: Map<string, Layer>;
  readonly cache: ReturnType<typeof createStepCache>;
}

function memory(): Memory {
  const json = new Map<string, string>();
  const layers = new Map<string, Layer>();
  const records = {
    get: (key: string) => json.get(key),
    put: (key: string, value: string) => void json.set(key, value),
  } as unknown as RecordTable;
  const store = { get: (id: LayerId) => layers.get(id) } as unknown as LayerStore;
  return { json, layers, cache: createStepCache(records, store) };
}

function layerIn({ layers }: Memory, id: string, parent?: Layer): Layer {
  const layer = { id: id as LayerId, parent } as Layer;
  layers.set(id, layer);
  return layer;
}

const key = keyOf("key");
const contentKey = keyOf("content");

test("what was recorded is found, with its key by content", () => {
  const world = memory();
  const layer = layerIn(world, "top", layerIn(world, "base"));
  world.cache.record(key, { layer, contentKey, ingredients: ["why"] });
  assert.deepEqual(world.cache.find(key), { layer, contentKey });
  assert.deepEqual(JSON.parse(world.json.get(key) ?? ""), {
    version: 1,
    layer: "top",
    parent: "base",
    contentKey,
    ingredients: ["why"],
  });
});

test("a record whose layer is gone, or lies on another one now, is none", () => {
  const world = memory();
  const base = layerIn(world, "base");
  world.cache.record(key, { layer: layerIn(world, "top", base), contentKey, ingredients: [] });
  layerIn(world, "top", layerIn(world, "other"));
  assert.equal(world.cache.find(key), undefined);
  world.layers.delete("top");
  assert.equal(world.cache.find(key), undefined);
});

for (const [what, json] of [
  ["damaged", "{"],
  ["of another version", '{"version":2,"layer":"top","parent":null,"contentKey":"c"}'],
  ["without a layer", '{"version":1,"parent":null,"contentKey":"c"}'],
  ["no object", "null"],
] as const)
  test(`a record that is ${what} is none`, () => {
    const world = memory();
    layerIn(world, "top");
    world.json.set(key, json);
    assert.equal(world.cache.find(key), undefined);
  });

test("ingredients beyond all measure are left out", () => {
  const world = memory();
  const ingredients = ["x".repeat(100_000)];
  world.cache.record(key as CacheKey, { layer: layerIn(world, "top"), contentKey, ingredients });
  assert.ok((world.json.get(key) ?? "").length < 1000);
  assert.ok(world.cache.find(key));
});
