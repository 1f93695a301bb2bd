import { inUserNamespace } from "../../../runner-native/test/in-user-namespace.ts";
import { snapshotterContract } from "../../test/contracts/snapshotter.ts";
import { createCopySnapshotter } from "./copy.ts";
import { createOverlaySnapshotter } from "./overlay.ts";

inUserNamespace(import.meta.filename, "single", () => {
  snapshotterContract("overlay", createOverlaySnapshotter, "one id");
  snapshotterContract("copy", createCopySnapshotter, "one id");
});
