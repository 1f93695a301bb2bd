import type { TreePath } from "@tsbuild/runner-native";
import type { TarEntry } from "../tar/entry.ts";

/** An entry of a layer with the place of its content: an offset in the layer's tar, or the layer's tree. */
export interface LayerEntry extends TarEntry {
  readonly path: TreePath;
  /** Offset of the content in the uncompressed tar; undefined while only the tree exists. */
  readonly contentOffset: number | undefined;
}

/** What one layer says, by path, in byte order; whiteouts are names, not entries (image-spec layer.md "whiteouts"). */
export interface LayerIndex {
  readonly entries: ReadonlyMap<TreePath, LayerEntry>;
  /** Paths removed from the chain below. */
  readonly whiteouts: ReadonlySet<TreePath>;
  /** Directories whose content below is hidden. */
  readonly opaques: ReadonlySet<TreePath>;
}
