import { type MountStub, parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import type { UpperNode } from "./upper-node.ts";

/** What a layer leaves out of the nodes found; children before their parents. */
export interface DroppedNode {
  readonly node: UpperNode;
  readonly parent: UpperNode;
}

/**
 * Takes out of `nodes` (parents before children, the root first) what is no change: entries that are the same below and have no
 * changed entry beneath, and stubs that nobody used. A directory that held only stubs gets the time back it had before them.
 */
export function decideKept(nodes: Map<TreePath, UpperNode>, stubs: readonly MountStub[]): DroppedNode[] {
  const stubsByPath = new Map(stubs.map((stub) => [stub.path as TreePath, stub]));
  const dropped: DroppedNode[] = [];
  separateLinks(nodes.values());
  for (const node of [...nodes.values()].reverse()) {
    if (node.path === rootPath) continue;
    const parent = nodes.get(parentOf(node.path)) as UpperNode;
    const stub = stubsByPath.get(node.path);
    if (stub ? isUntouched(node, stub) : node.isSame && node.keptChildren === 0) {
      nodes.delete(node.path);
      dropped.push({ node, parent });
      if (stub) rememberTime(parent, stub);
    } else {
      parent.keptChildren += 1;
      if (node.isNew) parent.hasNewNames = true;
    }
  }
  for (const node of nodes.values())
    if (node.timeBeforeStubs && !node.hasNewNames) node.time = node.timeBeforeStubs;
  return dropped;
}

/**
 * Names of one file. Beside changed names unchanged ones are dropped like any other ("the old name is not listed"); names that
 * are all unchanged, but were different files below, are a change.
 */
function separateLinks(nodes: Iterable<UpperNode>): void {
  const linked = [...nodes].filter((node) => node.linkGroup !== undefined);
  for (const names of Map.groupBy(linked, (node) => node.linkGroup).values()) {
    if (names.length < 2 || !names.every((node) => node.isSame)) continue;
    const wereOneFile = new Set(names.map((node) => node.sameAs)).size === 1;
    if (!wereOneFile) for (const node of names) node.isSame = false;
  }
}

/** Nothing was put into it: then nobody but the runtime wanted it. */
function isUntouched(node: UpperNode, stub: MountStub): boolean {
  if (node.stat.type !== stub.type) return false;
  return stub.type === "directory" ? node.keptChildren === 0 : node.stat.size === 0;
}

/** Stubs are met last to first, so that the first one of a directory has the last word. */
function rememberTime(parent: UpperNode, stub: MountStub): void {
  parent.timeBeforeStubs = { seconds: stub.parentMtimeSeconds, nanoseconds: stub.parentMtimeNanoseconds };
}
