import {
  compileGlob,
  type CopySelection,
  matchSources,
  resolvePath,
  type SourceMatch,
  splitPivot,
  type TreeView,
} from "@tsbuild/layers";
import { bytesFromText, nameOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { createPathMatcher } from "../../dockerfile/ignore/path-matcher.ts";
import { type Excluder, missingSource, type SelectedSource, type SelectOptions } from "./selection.ts";

/**
 * COPY --parents: the directory before the pivot is what is copied, but only what the rest of the pattern names (`**` crosses
 * directories) and the directories that lead there. With a wildcard before the pivot there are several such directories.
 * @throws SOURCE_MISSING, PATTERN_INVALID
 */
export function selectWithParents(
  view: TreeView,
  source: string,
  { excluded, where }: SelectOptions & { readonly excluded: Excluder | undefined },
): SelectedSource[] {
  const { base, pattern } = splitPivot(bytesFromText(source));
  const found = matchesOf(view, base).filter(
    ({ path }) => isWild(pattern) || resolvePath(view, `${path}/${pattern}`).missing.length === 0,
  );
  if (found.length === 0 && !isWild(base)) throw missingSource(source, where);
  const selection = pattern === "" ? undefined : selectionOf(pattern, excluded);
  return found.map((match) => ({ match, selection }));
}

function isWild(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** A directory without a wildcard is taken as it is named: what links there is followed. */
function matchesOf(view: TreeView, base: string): readonly SourceMatch[] {
  if (isWild(base)) {
    const matched = matchSources(view, base);
    return matched.kind === "found" ? matched.matches : [];
  }
  const { path, missing } = resolvePath(view, base);
  return missing.length > 0 ? [] : [{ path, name: nameOf(path) }];
}

function selectionOf(pattern: string, excluded: Excluder | undefined): CopySelection {
  const wanted = createPathMatcher([pattern]).root();
  const cursors = new Map([[rootPath, wanted]]);
  const cursorOf = (path: TreePath): typeof wanted => {
    const known = cursors.get(path);
    if (known) return known;
    const cursor = path.split("/").reduce((at, name) => at.enter(name), wanted);
    cursors.set(path, cursor);
    return cursor;
  };
  const leads = prefixTest(pattern);
  return {
    selects: (path) => cursorOf(path).isExcluded && !excluded?.(path).isExcluded,
    mayEnter: (path) =>
      (cursorOf(path).isExcluded || leads(path)) &&
      (!excluded?.(path).isExcluded || excluded(path).mayIncludeBelow),
  };
}

/** True for a directory below which something can match. */
function prefixTest(pattern: string): (path: TreePath) => boolean {
  const names = pattern.split("/");
  const anywhere = names.indexOf("**");
  const globs = names.slice(0, anywhere < 0 ? names.length : anywhere).map(compileGlob);
  return (path) => {
    const parts = path.split("/");
    if (parts.length >= globs.length && anywhere < 0) return false;
    return parts.every((part, index) => globs[index]?.matches(part) ?? true);
  };
}
