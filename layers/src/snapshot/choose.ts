import { type OverlayProbe, probeOverlay, probeReflink } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { writeFailure } from "../store/failure.ts";
import { removeTree } from "../layer/make-tree.ts";
import { createCopySnapshotter } from "./copy.ts";
import { tellingFullDisk } from "./full-disk.ts";
import { createOverlaySnapshotter } from "./overlay.ts";
import type { Snapshotter, SnapshotterDeps } from "./snapshotter.ts";

/** "auto" takes overlay where the kernel and the store's file system allow it. */
export type SnapshotterWish = "auto" | Snapshotter["kind"];

/** A snapshotter, and why it is this one. */
export interface ChosenSnapshotter {
  readonly snapshotter: Snapshotter;
  /** Which one, and why: a sentence for the user. */
  readonly sentence: string;
}

/** Probes the store's own file system (1-2 ms). @throws SNAPSHOTTER_UNUSABLE when overlay was asked for and cannot be had. */
export function chooseSnapshotter(deps: SnapshotterDeps, wish: SnapshotterWish): ChosenSnapshotter {
  if (wish === "copy") return chosenCopy(deps, "as asked");
  const { overlay, reflinks } = probe(deps);
  if (overlay.kind === "usable")
    return {
      snapshotter: tellingFullDisk(deps, createOverlaySnapshotter(deps)),
      sentence: "RUN steps write into overlay mounts",
    };
  if (wish === "overlay")
    throw layersError(
      "SNAPSHOTTER_UNUSABLE",
      `overlay mounts cannot be used for the store: ${overlay.reason}`,
      {
        hint: "leave out --snapshotter, or put the store on another file system (--root)",
      },
    );
  const speed = reflinks ? "sharing their blocks" : "which is slow";
  return chosenCopy(deps, `${speed}, because overlay mounts cannot be used: ${overlay.reason}`);
}

/** A snapshotter that chooses when it is first needed, so that a cached build probes nothing; `onChosen` is told once. */
export function createChosenSnapshotter(
  deps: SnapshotterDeps,
  { wish, onChosen }: { readonly wish: SnapshotterWish; readonly onChosen?: (sentence: string) => void },
): Snapshotter {
  let chosen: Snapshotter | undefined;
  const choose = (): Snapshotter => {
    if (chosen) return chosen;
    const { snapshotter, sentence } = chooseSnapshotter(deps, wish);
    chosen = snapshotter;
    onChosen?.(sentence);
    return chosen;
  };
  return {
    get kind() {
      return choose().kind;
    },
    prepare: async (parent, options) => choose().prepare(parent, options),
  };
}

function chosenCopy(deps: SnapshotterDeps, why: string): ChosenSnapshotter {
  return {
    snapshotter: tellingFullDisk(deps, createCopySnapshotter(deps)),
    sentence: `RUN steps copy all files of their base, ${why}`,
  };
}

function probe({ store }: SnapshotterDeps): { readonly overlay: OverlayProbe; readonly reflinks: boolean } {
  const directory = store.temporaryDirectory("probe");
  try {
    const overlay = probeOverlay(directory);
    return { overlay, reflinks: overlay.kind === "unusable" && probeReflink(directory) };
  } catch (error) {
    throw writeFailure(error, store.root, 0);
  } finally {
    removeTree(directory);
  }
}
