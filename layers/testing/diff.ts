import { joinTreePath, type TreePath } from "@tsbuild/runner-native";
import { readContent } from "../src/tree/read-content.ts";
import type { TreeView, ViewEntry } from "../src/tree/tree-view.ts";
import { path, type TreeLine } from "./trees.ts";

/** How a directory that both trees have is told: by what changed in it, or made anew as an opaque directory. */
export type DiffStyle = "whiteouts" | "opaque";

/**
 * The layer that makes `next` of `base`, written as plainly as can be: an oracle for what views and extraction make of layers.
 * Both views must be prepared.
 */
export function diffLines(base: TreeView, next: TreeView, style: DiffStyle): TreeLine[] {
  const lines: TreeLine[] = [];
  const written = new Map<string, TreePath>();
  const changedGroups = groupsThatDiffer(base, next);
  const visit = (directory: TreePath, isNew: boolean): void => {
    const names = next.list(directory);
    if (!isNew)
      for (const name of base.list(directory))
        if (!names.includes(name)) lines.push(joinTreePath(directory, `.wh.${name}`));
    for (const name of names) {
      const at = joinTreePath(directory, name);
      const now = next.lookup(at) as ViewEntry;
      const old = isNew ? undefined : base.lookup(at);
      const isSame = old !== undefined && describe(base, at) === describe(next, at);
      if (!isSame || isNew || changedGroups.has(now.hardlinkGroup ?? ""))
        lines.push(lineOf(next, at, written));
      if (now.type !== "directory") continue;
      const startsAnew = old?.type === "directory" && style === "opaque";
      if (startsAnew) lines.push(joinTreePath(at, ".wh..wh..opq"));
      visit(at, startsAnew || old?.type !== "directory");
    }
  };
  visit(path(""), false);
  return lines;
}

/** Everything a view says of a path but its group's name; names of one file tell each other. */
export function describe(view: TreeView, at: TreePath): string {
  const entry = view.lookup(at);
  if (!entry) return "nothing";
  const { type, mode, uid, gid, size, linkTarget } = entry;
  return JSON.stringify([type, mode, uid, gid, size, linkTarget, textOf(view, at), namesOfFile(view, at)]);
}

/** Every path of a view with its description. */
export function describeAll(view: TreeView): string[] {
  return pathsOf(view).map((at) => `${at} ${describe(view, at)}`);
}

function lineOf(view: TreeView, at: TreePath, written: Map<string, TreePath>): TreeLine {
  const { type, mode, uid, gid, linkTarget, hardlinkGroup } = view.lookup(at) as ViewEntry;
  const first = hardlinkGroup === undefined ? undefined : written.get(hardlinkGroup);
  if (first !== undefined) return [`${at} = ${first}`, {}];
  if (hardlinkGroup !== undefined) written.set(hardlinkGroup, at);
  const fields = { mode, uid, gid };
  switch (type) {
    case "directory":
      return [`${at}/`, fields];
    case "symlink":
      return [`${at} -> ${linkTarget}`, fields];
    case "file":
      return [`${at}: ${textOf(view, at)}`, fields];
    case "char":
    case "block":
    case "fifo":
      return [at, { ...fields, type }];
    case "socket":
      throw new Error("a layer has no sockets");
  }
}

function groupsThatDiffer(base: TreeView, next: TreeView): Set<string> {
  const groups = new Set<string>();
  for (const at of pathsOf(next)) {
    const group = next.lookup(at)?.hardlinkGroup;
    if (group !== undefined && describe(base, at) !== describe(next, at)) groups.add(group);
  }
  return groups;
}

/** Hard links are compared by who shares a file with whom. */
function namesOfFile(view: TreeView, at: TreePath): string[] {
  const group = view.lookup(at)?.hardlinkGroup;
  if (group === undefined) return [];
  const names = pathsOf(view).filter((other) => view.lookup(other)?.hardlinkGroup === group);
  return names.length > 1 ? names : [];
}

function pathsOf(view: TreeView, directory: TreePath = path("")): TreePath[] {
  return view.list(directory).flatMap((name) => {
    const at = joinTreePath(directory, name);
    return [at, ...pathsOf(view, at)];
  });
}

function textOf(view: TreeView, at: TreePath): string {
  if (view.lookup(at)?.type !== "file") return "";
  const content = view.content(at);
  const parts: Buffer[] = [];
  readContent(content, (slice) => parts.push(Buffer.from(slice)));
  content.close();
  return Buffer.concat(parts).toString("latin1");
}
