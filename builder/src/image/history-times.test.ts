import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryEntry } from "@tsbuild/layers";
import { datedHistory, goTime, lastCreated } from "./history-times.ts";

const at = (seconds: number): string => goTime(seconds * 1000);
const layer = (created?: number): HistoryEntry => (created === undefined ? {} : { created: at(created) });
const metadata = (created?: number): HistoryEntry => ({ ...layer(created), empty_layer: true });

function times(
  base: readonly HistoryEntry[],
  own: readonly HistoryEntry[],
  layerTimes: readonly (number | undefined)[],
  options: { readonly epoch?: number; readonly isExact?: boolean } = {},
): (string | undefined)[] {
  const { epoch, isExact = false } = options;
  const dated = datedHistory({
    base,
    history: [...base, ...own],
    layerTimesMs: layerTimes.map((time) => time && time * 1000),
    epochMs: epoch === undefined ? undefined : epoch * 1000,
    isExact,
  });
  return dated.map(({ created }) => created);
}

test("an entry with a layer has the layer's time", () => {
  assert.deepEqual(times([], [layer(), layer()], [10, 20]), [at(10), at(20)]);
});

test("metadata before the first new layer has its time, later metadata that of the layer before", () => {
  const base = [layer(1), metadata(2)];
  const own = [metadata(), layer(), metadata(), layer(), metadata()];
  assert.deepEqual(times(base, own, [5, 10, 20]), [1, 2, 10, 10, 10, 20, 20].map(at));
});

test("metadata on a base and no new layer has the base's last time", () => {
  assert.deepEqual(times([layer(1), metadata(3)], [metadata()], [5]), [1, 3, 3].map(at));
});

test("without any layer there is no time, unless an epoch says one", () => {
  assert.deepEqual(times([], [metadata()], []), [undefined]);
  assert.deepEqual(times([], [metadata()], [], { epoch: 7 }), [at(7)]);
});

test("an epoch is the latest that new entries can be; the base keeps its times", () => {
  const own = [metadata(), layer(), layer()];
  assert.deepEqual(times([layer(100)], own, [100, 10, 20], { epoch: 15 }), [100, 10, 10, 15].map(at));
});

test("a reproducible image has the epoch in all new entries", () => {
  const own = [metadata(), layer(), layer()];
  const options = { epoch: 15, isExact: true };
  assert.deepEqual(times([layer(100)], own, [100, 10, 20], options), [100, 15, 15, 15].map(at));
});

test("the image was made with its last instruction", () => {
  assert.equal(lastCreated([layer(1), layer(3), {}]), at(3));
  assert.equal(lastCreated([{}]), undefined);
});

for (const [ms, text] of [
  [0, "1970-01-01T00:00:00Z"],
  [1_700_000_000_000, "2023-11-14T22:13:20Z"],
  [1_700_000_010_120, "2023-11-14T22:13:30.12Z"],
  [1_700_000_010_001, "2023-11-14T22:13:30.001Z"],
] as const)
  test(`${ms} is written as Go does: ${text}`, () => assert.equal(goTime(ms), text));
