import { joinTreePath, nameOf, parentOf, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";

const prefix = ".wh.";
const opaqueName = ".wh..wh..opq";
/** AUFS left its own bookkeeping in old layers; nobody extracts it. */
const bookkeepingPrefix = ".wh..wh.";

/** What a name in a layer tar means (image-spec layer.md "whiteouts"). */
export type WhiteoutMarker =
  | { readonly kind: "none" }
  /** `path` is removed from the chain below. */
  | { readonly kind: "whiteout"; readonly path: TreePath }
  /** What lower layers have in the directory `path` is hidden. */
  | { readonly kind: "opaque"; readonly path: TreePath }
  | { readonly kind: "ignored" };

const none: WhiteoutMarker = { kind: "none" };

/** @throws TAR_INVALID for a whiteout that names nothing, or for an entry below one. */
export function whiteoutOf(path: TreePath): WhiteoutMarker {
  if (!path.includes(prefix)) return none;
  const parent = parentOf(path);
  const name = nameOf(path);
  if (parent.startsWith(prefix) || parent.includes(`/${prefix}`)) throw badWhiteout(path);
  if (!name.startsWith(prefix)) return none;
  if (name === opaqueName) return { kind: "opaque", path: parent };
  if (name.startsWith(bookkeepingPrefix)) return { kind: "ignored" };
  const hidden = name.slice(prefix.length);
  if (hidden === "" || hidden === "." || hidden === "..") throw badWhiteout(path);
  return { kind: "whiteout", path: joinTreePath(parent, hidden) };
}

/** The name of the tar entry that removes a path. */
export function whiteoutPath(path: TreePath): TreePath {
  return joinTreePath(parentOf(path), prefix + nameOf(path));
}

/** The name of the tar entry that makes a directory opaque. */
export function opaquePath(directory: TreePath): TreePath {
  return joinTreePath(directory, opaqueName);
}

/** True for a name that would be read as a whiteout, so that no layer can hold a file of that name. */
export function isWhiteoutName(name: string): boolean {
  return name.startsWith(prefix);
}

function badWhiteout(path: TreePath): Error {
  return layersError(
    "TAR_INVALID",
    `the layer has the whiteout ${JSON.stringify(path)}, which names nothing`,
  );
}
