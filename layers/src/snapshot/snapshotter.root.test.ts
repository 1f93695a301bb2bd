import { test } from "node:test";
import { compareSnapshotters } from "../../test/contracts/equal-layers.ts";
import { snapshotterContract } from "../../test/contracts/snapshotter.ts";
import { createCopySnapshotter } from "./copy.ts";
import { createOverlaySnapshotter } from "./overlay.ts";

snapshotterContract("overlay", createOverlaySnapshotter);
snapshotterContract("copy", createCopySnapshotter);

test("after random changes overlay and copy give the same layer", () => compareSnapshotters(120));
