import { snapshotterContract } from "../../test/contracts/snapshotter.ts";
import { createCopySnapshotter } from "./copy.ts";
import { createOverlaySnapshotter } from "./overlay.ts";

snapshotterContract("overlay", createOverlaySnapshotter);
snapshotterContract("copy", createCopySnapshotter);
