import { compileGlob, type CopySelection, resolvePath, splitPivot, type TreeView } from "@tsbuild/layers";
import { bytesFromText, nameOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { createPathMatcher } from "../dockerfile/ignore/path-matcher.ts";
import { type Excluder, missingSource, type SelectedSource, type SelectOptions } from "./selection.ts";

/**
 * COPY --parents: the directory before the pivot is what is copied, but only what the rest of the pattern names (`**` crosses
 * directories) and the directories that lead there.
 * @throws SOURCE_MISSING, PATTERN_INVALID
 */
export function selectWithParents(
  view: TreeView,
  source: string,
  { excluded, where }: SelectOptions & { readonly excluded: Excluder | undefined },
): SelectedSource {
  const { base, pattern } = splitPivot(bytesFromText(source));
  const found = resolvePath(view, base);
  const isWild = /[*?[]/.test(pattern);
  const isMissing =
    found.missing.length > 0 || (!isWild && resolvePath(view, `${found.path}/${pattern}`).missing.length > 0);
  if (isMissing) throw missingSource(source, where);
  return {
    match: { path: found.path, name: nameOf(found.path) },
    selection: pattern === "" ? undefined : selectionOf(pattern, excluded),
  };
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
