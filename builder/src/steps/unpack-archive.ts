import { createCopyPlan, detectStream, type LayerStore, type Store, writePlan } from "@tsbuild/layers";
import { bytesFromText, openRootDir } from "@tsbuild/runner-native";
import { writeTree } from "../export/write-tree.ts";
import { createNewest } from "./remote/newest-file.ts";
import { spoolArchive } from "./add-archive.ts";

export interface UnpackArchiveOptions {
  readonly store: Store;
  readonly layers: LayerStore;
  /** Empty, and nobody else's. */
  readonly directory: string;
  /** Of directories that the archive does not list. */
  readonly nowSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Unpacks an archive in any compression into a directory, where everything belongs to who unpacks. It becomes a tree first, in which
 * links cannot lead out, and only that tree is written. What is no archive comes back as it is. `newestSeconds` is of its files.
 * @throws TAR_INVALID, TAR_ESCAPES, COMPRESSION_CORRUPT, COMPRESSION_MEMORY, COMPRESSION_UNKNOWN
 */
export async function unpackArchive(
  source: AsyncIterable<Uint8Array>,
  { store, layers, directory, nowSeconds, signal }: UnpackArchiveOptions,
): Promise<
  | { readonly kind: "unpacked"; readonly newestSeconds: number | undefined }
  | { readonly kind: "plain"; readonly bytes: AsyncIterable<Uint8Array> }
> {
  const { kind, bytes } = await detectStream(source);
  if (kind === "plain") return { kind, bytes };
  using archive = await spoolArchive(bytes, kind, store);
  using empty = await layers.view(undefined);
  const plan = createCopyPlan(empty, { chown: undefined, chmod: undefined, nowSeconds });
  plan.unpack(archive?.entries ?? [], "/");
  using writer = layers.writer(undefined);
  await writePlan(plan, writer);
  using view = await layers.view(await writer.finish());
  using root = openRootDir(bytesFromText(directory));
  await writeTree(view, root, { owners: "own", signal });
  const newest = createNewest();
  for (const { entry } of archive?.entries ?? []) newest.add(entry);
  return { kind: "unpacked", newestSeconds: newest.seconds() };
}
