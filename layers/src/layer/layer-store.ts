import type { TreePath } from "@tsbuild/runner-native";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { TarEntry } from "../tar/entry.ts";
import type { Layer, LayerId } from "./layer.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import type { OpenContent, TreeView } from "../tree/tree-view.ts";

/** The bytes of a file, opened when their turn comes. */
export interface FileContent {
  open(): OpenContent;
  /** Told the digest of the bytes as they went into the layer; may throw. */
  wrote?(digest: Digest): void;
}

/** Bytes at hand, or a file. */
export type ContentSource = Uint8Array | FileContent;

/** Writes one layer as a canonical tar, straight into the blob store, and its index with it. */
export interface LayerWriter extends Disposable {
  /**
   * Adds an entry; missing ancestor directories are added before it with the metadata the chain below gives them
   * (or 0755 root where it has none). Adding a path twice keeps the last. Order does not matter: `finish` writes the tar
   * sorted by bytes and opens each content only then.
   */
  add(entry: TarEntry & { readonly path: TreePath }, content?: ContentSource): void;
  whiteout(path: TreePath): void;
  /** Hides what the chain below has in a directory of this layer. */
  opaque(directory: TreePath): void;
  finish(): Promise<Layer>;
}

export interface AdoptOptions {
  /** What the tree holds, as snapshot/settle-upper.ts found it: whiteouts and opaque directories apart, contents in the tree. */
  readonly index: LayerIndex;
  /** "volatile": written by a mount that never synced, to be trusted only in this boot. */
  readonly durability: "volatile" | "synced";
}

/** Makes and finds layers in one store. */
export interface LayerStore {
  get(id: LayerId): Layer | undefined;
  /** A layer of a pulled image; nothing is fetched until a form is asked for: then `fetch` puts the blob into the store. */
  fromBlob(
    parent: Layer | undefined,
    blob: Descriptor,
    diffId: Digest,
    fetch: (blob: Descriptor) => Promise<void>,
  ): Layer;
  /** `signal` ends the writing with its reason. */
  writer(parent: Layer | undefined, options?: { readonly signal?: AbortSignal }): LayerWriter;
  /**
   * A directory becomes the tree of a layer, as it is: a settled upper directory of an overlay mount over `parent`, from which
   * everything that belongs to no layer is gone. It must be on the store's file system and belongs to the store afterwards.
   */
  adoptTree(parent: Layer | undefined, directory: string, options: AdoptOptions): Promise<Layer>;
  /** The merged tree of a chain, over indexes and tars (trees where content is not at hand otherwise). */
  view(top: Layer | undefined): Promise<TreeView>;
  /**
   * Ends the making of every form with this reason and waits until nothing is made any more: whoever waited for several forms
   * and saw one fail leaves no work behind. What is asked for afterwards is made.
   */
  stop(reason: unknown): Promise<void>;
}
