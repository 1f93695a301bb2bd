import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { blankMetadata, type TarEntry } from "../tar/entry.ts";
import { blockBytes } from "../tar/limits.ts";
import { entryHeader } from "../tar/write.ts";
import type { BlobStore } from "../store/blob-store.ts";
import { syncDirectory, writeFully } from "../store/durable.ts";
import { type LayoutFile, type LayoutForm, layoutFiles } from "./layout-files.ts";
import type { LayoutImage } from "./layout-image.ts";

export interface WriteLayoutOptions extends LayoutForm {
  readonly signal: AbortSignal;
  /** The time of every entry of an archive, in seconds since 1970; 0 by default. */
  readonly mtimeSeconds?: number;
}

/**
 * The images as one tar, chunk by chunk; each blob is verified while it is read.
 * The same images give the same bytes, whatever machine or store they come from.
 */
export async function* layoutArchive(
  store: BlobStore,
  images: readonly LayoutImage[],
  { form, signal, mtimeSeconds = 0 }: WriteLayoutOptions,
): AsyncGenerator<Uint8Array> {
  const directories = ["blobs", "blobs/sha256"];
  for (const path of directories) yield entryHeader(plainEntry(path, "directory", { mtimeSeconds }));
  for (const file of layoutFiles(store, images, { form })) {
    const size = file.kind === "blob" ? file.size : file.bytes.length;
    yield entryHeader(plainEntry(file.path, "file", { mtimeSeconds, size }));
    for await (const chunk of contentOf(store, file)) {
      signal.throwIfAborted();
      yield chunk;
    }
    const rest = size % blockBytes;
    if (rest > 0) yield Buffer.alloc(blockBytes - rest);
  }
  yield Buffer.alloc(2 * blockBytes);
}

/**
 * Writes the images as a directory, which is made, or brought up to date: other blobs in it stay, index.json is replaced last and
 * names these images only.
 */
export async function writeLayoutDirectory(
  store: BlobStore,
  images: readonly LayoutImage[],
  directory: string,
  { form, signal }: WriteLayoutOptions,
): Promise<void> {
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  const files = layoutFiles(store, images, { form });
  const ordered = [
    ...files.filter(({ path }) => path !== "index.json"),
    ...files.filter(({ path }) => path === "index.json"),
  ];
  for (const file of ordered) {
    signal.throwIfAborted();
    await writeWhole(join(directory, file.path), contentOf(store, file), signal);
  }
  syncDirectory(join(directory, "blobs", "sha256"));
  syncDirectory(directory);
}

async function writeWhole(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${path}.part`;
  const fd = openSync(temporary, "w", 0o644);
  try {
    for await (const chunk of content) {
      signal.throwIfAborted();
      writeFully(fd, chunk);
    }
    fsyncSync(fd);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

async function* contentOf(store: BlobStore, file: LayoutFile): AsyncGenerator<Uint8Array> {
  if (file.kind === "bytes") yield file.bytes;
  else yield* store.stream(file.digest);
}

function plainEntry(
  path: string,
  type: "file" | "directory",
  { mtimeSeconds, size = 0 }: { readonly mtimeSeconds: number; readonly size?: number },
): TarEntry {
  return {
    ...blankMetadata,
    path,
    type,
    mode: type === "directory" ? 0o755 : 0o444,
    size,
    mtimeSeconds,
    xattrs: undefined,
  };
}
