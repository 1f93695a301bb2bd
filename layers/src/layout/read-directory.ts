import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { bytesFromText, hasErrno, openRootDir, parseTreePath, type RootDir } from "@tsbuild/runner-native";
import type { Descriptor } from "../descriptor.ts";
import { layersError } from "../errors.ts";
import { maxManifestBytes } from "../image/limits.ts";
import type { Lease } from "../store/blob-store.ts";
import type { Store } from "../store/store.ts";
import { blobPathInLayout } from "./layout-files.ts";
import { checkOciLayout, parseLayoutIndex } from "./layout-index.ts";
import type { LayoutSource } from "./layout-source.ts";

const chunkBytes = 1 << 20;

export interface ReadDirectoryOptions {
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/**
 * Opens an OCI layout in a directory; blobs are copied into the store when they are asked for. Every file must be a regular one
 * beneath the directory: links are not followed.
 * @throws LAYOUT_INVALID
 */
export function openLayoutDirectory(
  store: Store,
  directory: string,
  { lease, signal }: ReadDirectoryOptions,
): LayoutSource & Disposable {
  const root = openDirectory(directory);
  try {
    checkOciLayout(readDocument(root, "oci-layout", directory), directory);
    return {
      what: directory,
      listed: parseLayoutIndex(readDocument(root, "index.json", directory), directory),
      docker: undefined,
      async fetch({ mediaType, digest, size }) {
        lease.add(digest);
        if (store.blobs.sizeOf(digest) === size) return;
        const chunks = readChunks(root, blobPathInLayout(digest), directory, signal);
        await store.blobs.put(chunks, { mediaType, digest, size }, lease);
      },
      fileBlob: (): Descriptor | undefined => undefined,
      [Symbol.dispose]: () => root[Symbol.dispose](),
    };
  } catch (error) {
    root[Symbol.dispose]();
    throw error;
  }
}

function openDirectory(directory: string): RootDir {
  try {
    return openRootDir(bytesFromText(directory));
  } catch (cause) {
    throw layersError("LAYOUT_INVALID", `${directory} is no directory that can be opened`, { cause });
  }
}

function readDocument(root: RootDir, path: string, directory: string): Buffer {
  using file = openRegular(root, path, directory);
  if (file.size > maxManifestBytes)
    throw layersError("LAYOUT_INVALID", `${path} of ${directory} has ${file.size} bytes`);
  const bytes = Buffer.alloc(file.size);
  const count = readSync(file.fd, bytes, 0, file.size, 0);
  return bytes.subarray(0, count);
}

async function* readChunks(
  root: RootDir,
  path: string,
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using file = openRegular(root, path, directory);
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const count = readSync(file.fd, chunk, 0, chunkBytes, position);
    if (count === 0) return;
    yield chunk.subarray(0, count);
    position += count;
  }
}

function openRegular(
  root: RootDir,
  path: string,
  directory: string,
): { readonly fd: number; readonly size: number } & Disposable {
  let fd: number;
  try {
    fd = root.openFile(parseTreePath(path), constants.O_RDONLY | constants.O_NONBLOCK, {
      lastLink: "nofollow",
    });
  } catch (cause) {
    const missing = hasErrno(cause, "ENOENT") ? "there is none" : "it cannot be opened";
    throw layersError("LAYOUT_INVALID", `${directory} is no OCI image layout: ${path}: ${missing}`, {
      cause,
    });
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size, [Symbol.dispose]: () => closeSync(fd) };
  closeSync(fd);
  throw layersError("LAYOUT_INVALID", `${path} of ${directory} is not a regular file`);
}
