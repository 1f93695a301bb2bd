import type { TreePath } from "@tsbuild/runner-native";
import { createHasher, type Digest } from "../src/digest.ts";
import { contentDigest, type ContentDigestOptions } from "../src/tree/content-digest.ts";
import { readContent } from "../src/tree/read-content.ts";
import type { TreeView } from "../src/tree/tree-view.ts";

/** A content digest with every file that is asked for read and hashed. */
export function digestOfTree(
  view: TreeView,
  paths: readonly TreePath[],
  options: ContentDigestOptions,
): Digest {
  const digesting = contentDigest(view, paths, options);
  let next = digesting.next();
  while (!next.done) next = digesting.next(fileDigest(view, next.value));
  return next.value;
}

function fileDigest(view: TreeView, path: TreePath): Digest {
  const content = view.content(path);
  try {
    const hasher = createHasher();
    readContent(content, (slice) => hasher.update(slice));
    return hasher.digest();
  } finally {
    content.close();
  }
}
