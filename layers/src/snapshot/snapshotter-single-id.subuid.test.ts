import { inUserNamespace } from "../../../runner-native/test/in-user-namespace.ts";
import { overlayIsOff, overlayOffContract } from "../../test/contracts/overlay-off.ts";
import { snapshotterContract } from "../../test/contracts/snapshotter.ts";
import { createCopySnapshotter } from "./copy.ts";
import { createOverlaySnapshotter } from "./overlay.ts";

inUserNamespace(import.meta.filename, "single", () => {
  snapshotterContract("copy", createCopySnapshotter, "one id");
  if (overlayIsOff) return overlayOffContract();
  snapshotterContract("overlay", createOverlaySnapshotter, "one id");
});
