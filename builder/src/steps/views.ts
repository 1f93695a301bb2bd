import type { Layer, LayerId, LayerStore, TreeView } from "@tsbuild/layers";

/** The merged trees of chains while a build reads them: each chain is opened once. */
export interface Views extends AsyncDisposable {
  of(top: Layer | undefined): Promise<TreeView>;
}

export function createViews(layers: LayerStore): Views {
  const open = new Map<LayerId | undefined, Promise<TreeView>>();
  return {
    of(top) {
      const known = open.get(top?.id);
      if (known) return known;
      const view = layers.view(top);
      open.set(top?.id, view);
      return view;
    },
    async [Symbol.asyncDispose]() {
      for (const view of await Promise.allSettled(open.values()))
        if (view.status === "fulfilled") view.value[Symbol.dispose]();
      open.clear();
    },
  };
}
