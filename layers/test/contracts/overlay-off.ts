import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isFeatureDisabled } from "@tsbuild/runner-native";
import { chooseSnapshotter } from "../../src/snapshot/choose.ts";
import { openLayers } from "../../testing/stores.ts";
import { scratch } from "../../testing/trees.ts";

/** Whether TSBUILD_DISABLE takes away what every overlay of this process needs. */
export const overlayIsOff: boolean = isFeatureDisabled("fsopen") || isFeatureDisabled("overlay");

/** What holds of overlays where they are switched off: copies are made instead, and whoever insists is refused. */
export function overlayOffContract(): void {
  test("with overlay mounts switched off, RUN steps get copies", async () => {
    using directory = scratch();
    await using opened = await openLayers(join(directory.path, "store"));
    assert.equal(chooseSnapshotter(opened, "auto").snapshotter.kind, "copy");
    assert.throws(() => chooseSnapshotter(opened, "overlay"), { code: "SNAPSHOTTER_UNUSABLE" });
  });
}
