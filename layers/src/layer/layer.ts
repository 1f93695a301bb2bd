import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";

/** Names a layer in one store; not a digest, since a layer may not have its bytes yet. */
export type LayerId = string & { readonly __brand: "LayerId" };

/**
 * One layer on top of a chain. Lazy: each form (index, tar, tree, compressed blob) is made at its first use, once, and recorded;
 * two callers that ask for the same form at once share the work, in one process and across processes.
 */
export interface Layer {
  readonly id: LayerId;
  readonly parent: Layer | undefined;
  index(): Promise<LayerIndex>;
  /** The uncompressed tar as a blob. */
  tar(): Promise<Descriptor>;
  diffId(): Promise<Digest>;
  /** Absolute path of a directory usable as an overlay lower directory (whiteouts as overlayfs wants them). */
  tree(): Promise<string>;
  /** The blob to publish: the original bytes of a pulled layer when they fit the request, else compressed once per (algorithm, level). */
  compressed(form: CompressionForm): Promise<Descriptor>;
  /** The blob a pulled layer came as. */
  readonly original: Descriptor | undefined;
}

/** How a layer is to be packed; `level` as in CompressionOptions. */
export interface CompressionForm {
  readonly algorithm: "gzip" | "zstd" | "uncompressed";
  readonly level?: number;
  /** Compress again even what was pulled compressed in another way. */
  readonly force?: boolean;
}

/** The layers of a chain, bottom first. */
export function chainOf(top: Layer | undefined): Layer[] {
  const chain: Layer[] = [];
  for (let layer = top; layer; layer = layer.parent) chain.push(layer);
  return chain.reverse();
}
