import { bytesFromText, openRootDir } from "@tsbuild/runner-native";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import type { LayerIndex } from "../layer-index/layer-index.ts";
import { tarBytes, writeTar } from "./layer-writer.ts";
import type { LayerSurroundings } from "./surroundings.ts";
import { openedFile } from "../tree/opened-file.ts";

/** Puts the uncompressed tar of a pulled layer into the store. */
export async function tarFromBytes(
  { store, lease }: LayerSurroundings,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Descriptor> {
  using blob = store.blobs.writer(lease);
  for await (const chunk of bytes) blob.write(chunk);
  return blob.commit({ mediaType: mediaTypes.ociLayer });
}

/** Writes the canonical tar of a tree, as its index describes it. */
export async function tarFromTree(
  { store, lease, work }: LayerSurroundings,
  { tree, index }: { tree: string; index: LayerIndex },
): Promise<Descriptor> {
  using root = openRootDir(bytesFromText(tree));
  const added = Array.from(index.entries.values(), (entry) => ({
    entry,
    content: entry.type === "file" ? { open: () => openedFile(root, entry.path) } : undefined,
  }));
  const contents = { added, whiteouts: index.whiteouts, opaques: index.opaques };
  using blob = store.blobs.writer(lease, { expectedBytes: tarBytes(added) });
  await writeTar(blob, contents, work.signal);
  await blob.end();
  return blob.commit({ mediaType: mediaTypes.ociLayer });
}
