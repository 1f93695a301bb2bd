import type { Lease } from "../store/blob-store.ts";
import type { Store } from "../store/store.ts";
import type { Work } from "./work.ts";
import type { OverlayMarks } from "../layer-index/overlay-marks.ts";

/** What layers need of the place they live in. */
export interface LayerSurroundings {
  readonly store: Store;
  /** Keeps blobs that layers use or make. */
  readonly lease: Lease;
  readonly marks: OverlayMarks;
  /** "single": files can belong to nobody but this process. */
  readonly ownership: "range" | "single";
  /** Names this boot of the machine: a tree that nobody synced is good in the boot that made it. */
  readonly bootId: string;
  /** Milliseconds since 1970, for records only. */
  readonly now: () => number;
  readonly randomHex: (bytes: number) => string;
  readonly work: Work;
}
