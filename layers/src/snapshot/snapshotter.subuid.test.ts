import { test } from "node:test";
import { inUserNamespace } from "../../../runner-native/test/in-user-namespace.ts";
import { compareSnapshotters } from "../../test/contracts/equal-layers.ts";
import { overlayIsOff, overlayOffContract } from "../../test/contracts/overlay-off.ts";
import { snapshotterContract } from "../../test/contracts/snapshotter.ts";
import { createCopySnapshotter } from "./copy.ts";
import { createOverlaySnapshotter } from "./overlay.ts";

inUserNamespace(import.meta.filename, "range", () => {
  snapshotterContract("copy", createCopySnapshotter);
  if (overlayIsOff) return overlayOffContract();
  snapshotterContract("overlay", createOverlaySnapshotter);
  test("after random changes overlay and copy give the same layer", () => compareSnapshotters(30));
});
