import { joinTreePath, parentOf, rootPath, textFromBytes, type TreePath } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { TreeView, ViewEntry } from "./tree-view.ts";

/** As the kernel: so many links in one path, and it is a loop. */
export const maxLinks = 40;

/** What resolving needs of a view. */
export type LinkReader = Pick<TreeView, "lookup">;

/** Where a path leads. */
export interface ResolvedPath {
  /** The existing part, free of links (but for a last one that was to be kept). */
  readonly path: TreePath;
  /** What is at `path`; undefined only for a root that the view does not know. */
  readonly entry: ViewEntry | undefined;
  /** Components beyond `path` that do not exist, with ".." already applied; empty when all of it exists. */
  readonly missing: readonly string[];
}

/**
 * Resolves a path (a byte string) inside a tree as if the tree's root were "/": absolute links start there, ".." stops there.
 * A component below something that is no directory is missing too: look at `entry.type`.
 * @throws LINK_LOOP
 */
export function resolvePath(
  view: LinkReader,
  path: string,
  lastLink: "follow" | "keep" = "follow",
): ResolvedPath {
  const pending = componentsOf(path).reverse();
  const missing: string[] = [];
  let at: TreePath = rootPath;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "..") {
      if (missing.pop() === undefined) at = parentOf(at);
      continue;
    }
    const next = joinTreePath(at, name);
    const entry = missing.length > 0 ? undefined : view.lookup(next);
    if (!entry) {
      missing.push(name);
    } else if (entry.type !== "symlink" || (pending.length === 0 && lastLink === "keep")) {
      at = next;
    } else {
      if (++links > maxLinks) throw linkLoop(path);
      const target = entry.linkTarget ?? "";
      if (target.startsWith("/")) at = rootPath;
      pending.push(...componentsOf(target).reverse());
    }
  }
  return { path: at, entry: view.lookup(at), missing };
}

/** The whole resolved path, existing or not. */
export function fullPath(resolved: ResolvedPath): TreePath {
  return resolved.missing.reduce(joinTreePath, resolved.path);
}

function componentsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function linkLoop(path: string): Error {
  return layersError(
    "LINK_LOOP",
    `${JSON.stringify(textFromBytes(path))} goes through more than ${maxLinks} symbolic links`,
    {
      hint: "two links lead to each other; look at them with ls -l",
    },
  );
}
