import { readSync } from "node:fs";
import { rootPath, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import { resolvePath } from "./resolve.ts";
import type { OpenContent, TreeView } from "./tree-view.ts";

/** Large enough that the call costs nothing beside the bytes. */
const sliceBytes = 1 << 20;
/** Reading is synchronous and a slice lives only during the call, so one buffer serves all; made when first needed. */
let slices: Buffer | undefined;

/**
 * Gives the content slice by slice; a slice is valid only during the call.
 * @returns how many bytes there were: fewer than `content.size` when the file shrank meanwhile.
 */
export function readContent(content: OpenContent, onSlice: (slice: Uint8Array) => void): number {
  let done = 0;
  for (const slice of slicesOf(content)) {
    onSlice(slice);
    done += slice.length;
  }
  return done;
}

/** The same for who works in turns: a slice is valid until the next one is asked for, or anything else has its turn. */
export function* slicesOf(content: OpenContent): Generator<Uint8Array, void, undefined> {
  slices ??= Buffer.allocUnsafeSlow(sliceBytes);
  for (let done = 0; done < content.size; ) {
    const wanted = Math.min(slices.length, content.size - done);
    const count = readSync(content.fd, slices, 0, wanted, content.offset + done);
    if (count === 0) break;
    done += count;
    yield slices.subarray(0, count);
  }
}

/**
 * The text of a small file such as /etc/passwd, links followed inside the tree; undefined when there is none.
 * @throws BLOB_TOO_LARGE
 */
export async function readText(view: TreeView, path: string, maxBytes: number): Promise<string | undefined> {
  const found = resolvePath(view, path);
  if (found.missing.length > 0 || found.path === rootPath) return undefined;
  const entry = view.lookup(found.path);
  if (entry?.type !== "file") return undefined;
  if (entry.size > maxBytes)
    throw layersError(
      "BLOB_TOO_LARGE",
      `/${found.path} has ${entry.size} bytes, more than the ${maxBytes} allowed`,
    );
  await view.prepare([found.path]);
  return textOf(view, found.path);
}

function textOf(view: TreeView, path: TreePath): string {
  const content = view.content(path);
  try {
    const parts: Buffer[] = [];
    readContent(content, (slice) => parts.push(Buffer.from(slice)));
    return Buffer.concat(parts).toString("utf8");
  } finally {
    content.close();
  }
}
