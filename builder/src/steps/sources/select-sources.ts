import {
  type CopySelection,
  contentDigest,
  type ContentDigestOptions,
  type Digesting,
  matchSources,
  type TreeView,
} from "@tsbuild/layers";
import { bytesFromText, rootPath, type TreePath } from "@tsbuild/runner-native";
import { createPathMatcher, type PathCursor } from "../../dockerfile/ignore/path-matcher.ts";
import type { FieldValue } from "../../solve/field-hash.ts";
import { selectWithParents } from "./select-parents.ts";
import { type Excluder, missingSource, type SelectedSource, type SelectOptions } from "./selection.ts";

/** What a source names in a tree. @throws SOURCE_MISSING, PATTERN_INVALID, COPY_CONFLICT */
export function selectSources(view: TreeView, pattern: string, options: SelectOptions): SelectedSource[] {
  const excluded = excluder(options.exclude);
  if (options.parents) return selectWithParents(view, pattern, { ...options, excluded });
  const found = matchSources(view, bytesFromText(pattern));
  if (found.kind === "missing") throw missingSource(pattern, options.where);
  return found.matches.map((match) => ({ match, selection: excluded && without(excluded) }));
}

/** The content of what is selected as part of a key: names and digests. */
export function* digestSelected(
  view: TreeView,
  selected: readonly SelectedSource[],
  hashing: Omit<ContentDigestOptions, "selects">,
): Digesting<FieldValue> {
  const digests: FieldValue[] = [];
  for (const { match, selection } of selected) {
    const part = selection && partOf(match.path, selection);
    digests.push([match.name, yield* contentDigest(view, [match.path], { ...hashing, ...part })]);
  }
  return digests;
}

/** A selection as paths of the whole tree instead of below its top. */
function partOf(
  top: TreePath,
  { selects, mayEnter }: CopySelection,
): Required<Pick<ContentDigestOptions, "selects" | "mayEnter">> {
  return {
    selects: (path, entry) => path === top || selects(relativeTo(top, path), entry),
    mayEnter: (path) => path === top || mayEnter(relativeTo(top, path)),
  };
}

function relativeTo(top: TreePath, path: TreePath): TreePath {
  return (top === rootPath ? path : path.slice(top.length + 1)) as TreePath;
}

function excluder(patterns: readonly string[]): Excluder | undefined {
  if (patterns.length === 0) return undefined;
  const root = createPathMatcher(patterns.map(bytesFromText)).root();
  const known = new Map<TreePath, PathCursor>([[rootPath, root]]);
  return (relative) => {
    const found = known.get(relative);
    if (found) return found;
    const cursor = relative.split("/").reduce((at, name) => at.enter(name), root);
    known.set(relative, cursor);
    return cursor;
  };
}

function without(excluded: Excluder): CopySelection {
  return {
    selects: (relative) => !excluded(relative).isExcluded,
    mayEnter: (relative) => !excluded(relative).isExcluded || excluded(relative).mayIncludeBelow,
  };
}
