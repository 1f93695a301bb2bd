import { joinTreePath, nameOf, type TreePath } from "@tsbuild/runner-native";
import { compileGlob, type Glob, hasWildcard } from "./glob.ts";
import { resolvePath } from "./resolve.ts";
import type { TreeView } from "./tree-view.ts";

/** One thing a COPY or ADD copies. */
export interface SourceMatch {
  /** Where it really lies, links followed. */
  readonly path: TreePath;
  /** What it is called below a destination directory: the name as it was written or matched. */
  readonly name: string;
}

/** What a source names in a tree. */
export type MatchedSources =
  /** A wildcard that matches nothing is found too, empty. */
  | { readonly kind: "found"; readonly matches: readonly SourceMatch[] }
  /** A path that was named and is not there. */
  | { readonly kind: "missing"; readonly path: string };

/**
 * What a source of COPY or ADD names (a byte string; ".." stops at the tree's root). Wildcards are Go's, matched against the path
 * below the longest part without one; nothing is looked for below a match; a match that is a link is followed.
 * @throws COPY_CONFLICT for a bad pattern, LINK_LOOP
 */
export function matchSources(view: TreeView, pattern: string): MatchedSources {
  const components = cleanComponents(pattern);
  const firstWild = components.findIndex(hasWildcard);
  if (firstWild < 0) return matchLiteral(view, components);
  const glob = compileGlob(components.slice(firstWild).join("/"));
  const base = resolvePath(view, components.slice(0, firstWild).join("/"));
  if (base.missing.length > 0) return { kind: "missing", path: components.join("/") };
  const matches: SourceMatch[] = [];
  for (const path of matchesBelow(view, base.path, { glob, depth: possibleDepth(components, firstWild) })) {
    const followed = resolvePath(view, path);
    if (followed.missing.length > 0) return { kind: "missing", path };
    matches.push({ path: followed.path, name: nameOf(path) });
  }
  return { kind: "found", matches };
}

/** COPY --parents: the part before "/./" stays behind, the rest is the pattern of what is kept with its parents. */
export function splitPivot(source: string): { readonly base: string; readonly pattern: string } {
  const pivot = source.indexOf("/./");
  if (pivot < 0) return { base: "", pattern: cleanComponents(source).join("/") };
  return {
    base: cleanComponents(source.slice(0, pivot)).join("/"),
    pattern: cleanComponents(source.slice(pivot + 3)).join("/"),
  };
}

/** Byte for byte: as in BuildKit, a backslash that keeps a wildcard from being one is part of the name ("[[]" is how to name a "["). */
function matchLiteral(view: TreeView, components: readonly string[]): MatchedSources {
  const path = components.join("/");
  const found = resolvePath(view, path);
  if (found.missing.length > 0) return { kind: "missing", path };
  return { kind: "found", matches: [{ path: found.path, name: nameOf(path as TreePath) }] };
}

interface Search {
  readonly glob: Glob;
  readonly depth: number;
}

function* matchesBelow(view: TreeView, base: TreePath, search: Search): Generator<TreePath> {
  const pending: { path: TreePath; relative: TreePath; depth: number }[] = [];
  const push = (directory: TreePath, relative: TreePath, depth: number): void => {
    const names = view.list(directory);
    for (let at = names.length - 1; at >= 0; at--) {
      const name = names[at] as string;
      pending.push({ path: joinTreePath(directory, name), relative: joinTreePath(relative, name), depth });
    }
  };
  push(base, "" as TreePath, 1);
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (search.glob.matches(next.relative)) yield next.path;
    else if (next.depth < search.depth && view.lookup(next.path)?.type === "directory")
      push(next.path, next.relative, next.depth + 1);
  }
}

/** Only "/" itself and a class of characters can match a slash, so nothing deeper can match. */
function possibleDepth(components: readonly string[], firstWild: number): number {
  const wild = components.slice(firstWild);
  return wild.length + wild.join("").split("[").length - 1;
}

/** As Go's filepath.Join("/", path): dots and empty parts go, ".." takes one part away and stops at the root. */
function cleanComponents(path: string): string[] {
  const clean: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") clean.pop();
    else if (part !== "" && part !== ".") clean.push(part);
  }
  return clean;
}
