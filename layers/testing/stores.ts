import { type LayerStoreOptions, createLayerStore } from "../src/layer/create-layer-store.ts";
import type { LayerStore } from "../src/layer/layer-store.ts";
import type { Lease } from "../src/store/blob-store.ts";
import { openStore } from "../src/store/open-store.ts";
import type { Store } from "../src/store/store.ts";

/** A store in a directory with the layers in it, opened as a process would. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly lease: Lease;
  readonly layers: LayerStore;
}

let random = 0;

/** Opens the store at `root`; opening it again is what another process would see. */
export async function openLayers(root: string, signal?: AbortSignal): Promise<OpenedStore> {
  const randomHex: LayerStoreOptions["randomHex"] = (bytes) =>
    `${process.pid.toString(16)}${(++random).toString(16)}`.padStart(bytes * 2, "0");
  const now = (): number => 1_700_000_000_000;
  const store = openStore(root, { mode: "read-write", now, randomHex });
  const lease = await store.lease("test");
  const layers = createLayerStore({ store, lease, now, randomHex, ...(signal && { signal }) });
  return { store, lease, layers, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}
