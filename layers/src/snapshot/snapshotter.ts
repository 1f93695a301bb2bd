import type { MountStub, Rootfs } from "@tsbuild/runner-native";
import type { Layer } from "../layer/layer.ts";
import type { LayerStore } from "../layer/layer-store.ts";
import type { Store } from "../store/store.ts";

/** A writable root file system over a chain, for one RUN. Disposing it drops whatever was not frozen. */
export interface Snapshot extends AsyncDisposable {
  readonly rootfs: Rootfs;
  /**
   * Makes the changes a layer on top of the chain (design: "what belongs to a RUN layer"); stubs left untouched are dropped
   * and their parents' times restored. To be called once, after every process that wrote is dead. Ends with the signal of `prepare`.
   */
  freeze(stubs: readonly MountStub[]): Promise<Layer>;
}

/** What a snapshotter needs of the store it works in. */
export interface SnapshotterDeps {
  readonly store: Pick<Store, "root" | "temporaryDirectory">;
  readonly layers: Pick<LayerStore, "adoptTree" | "view" | "writer">;
}

export interface PrepareOptions {
  readonly signal?: AbortSignal;
}

/** Makes root file systems for RUN steps. */
export interface Snapshotter {
  readonly kind: "overlay" | "copy";
  /** Extracts or copies what is needed; throws the signal's reason when it is aborted meanwhile. */
  prepare(parent: Layer | undefined, options?: PrepareOptions): Promise<Snapshot>;
}
