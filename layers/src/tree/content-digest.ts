import { createHash } from "node:crypto";
import type { TreePath } from "@tsbuild/runner-native";
import { type Digest, parseDigest } from "../digest.ts";
import { keptXattrs, type XattrOrigin } from "./kept-xattrs.ts";
import type { TreeChild, TreeView, ViewEntry } from "./tree-view.ts";
import { createWaitingDirectories } from "./waiting-directories.ts";
import { walk } from "./walk.ts";

export interface ContentDigestOptions {
  /** Which xattrs count (they are those that would be copied). */
  readonly xattrs: XattrOrigin;
  /** A remembered digest of a file's bytes. */
  readonly remembered?: (path: TreePath, entry: ViewEntry) => Digest | undefined;
  /** False leaves a path out, but not what is below it: for that the directory itself counts again, as COPY makes it. */
  readonly selects?: (path: TreePath, entry: ViewEntry) => boolean;
  /** False when nothing below a directory can be selected: it is not even read. */
  readonly mayEnter?: (path: TreePath) => boolean;
}

const version = "tsbuild content 3";

/** Asks for the digests of files that are not remembered, one by one, right after a file's attributes were read. */
export type Digesting<Result> = Generator<TreePath, Result, Digest>;

/**
 * The digest of what lies at and below these paths, in their order: names, types, modes, ids, links, kept xattrs, bytes; no times.
 * Two trees with equal digests give equal copies. Call `view.prepare(paths)` before, unless every digest is remembered.
 */
export function* contentDigest(
  view: TreeView,
  paths: readonly TreePath[],
  options: ContentDigestOptions,
): Digesting<Digest> {
  const fields = createFieldHash();
  const hashing: Hashing = { view, fields, groups: new Map(), xattrs: options.xattrs };
  fields.text(version);
  for (const path of paths) {
    fields.text("from");
    const waiting = createWaitingDirectories<TreeChild>();
    for (const child of walk(view, path, options.mayEnter)) {
      const { path: below, entry } = child;
      if (options.selects && !options.selects(below, entry)) {
        if (entry.type === "directory") waiting.wait(below, child);
        continue;
      }
      for (const above of waiting.above(below)) addEntry(hashing, above);
      if (addEntry(hashing, child)) fields.text(options.remembered?.(below, entry) ?? (yield below));
    }
  }
  return fields.digest();
}

interface Hashing {
  readonly view: TreeView;
  readonly fields: FieldHash;
  /** Hard-link groups by the first of their names: how they are called in the view means nothing. */
  readonly groups: Map<string, TreePath>;
  readonly xattrs: XattrOrigin;
}

/** True when the file's bytes are to be added. */
function addEntry({ view, fields, groups, xattrs: origin }: Hashing, { path, entry }: TreeChild): boolean {
  const { type, mode, uid, gid, deviceMajor, deviceMinor, linkTarget, hardlinkGroup: group } = entry;
  fields.text(path);
  fields.raw(`${type} ${mode} ${uid} ${gid} ${deviceMajor} ${deviceMinor};`);
  if (type === "symlink") fields.text(linkTarget ?? "");
  const first = group === undefined ? undefined : groups.get(group);
  if (group !== undefined && first === undefined) groups.set(group, path);
  // The name, not a count of groups: which file this is a link to must be told, since its bytes are not hashed again.
  fields.raw(first === undefined ? "own" : "link");
  if (first !== undefined) fields.text(first);
  const xattrs = keptXattrs(view.xattrs(path), origin);
  fields.raw(`${xattrs?.size ?? 0};`);
  for (const [name, value] of xattrs ?? []) {
    fields.text(name);
    fields.text(value.toString("latin1"));
  }
  return type === "file" && first === undefined;
}

/** No two sequences of fields give the same bytes. */
interface FieldHash {
  /** Anything, with its length. */
  text(bytes: string): void;
  /** Something that says itself where it ends. */
  raw(bytes: string): void;
  digest(): Digest;
}

/** Hashing short strings one by one costs more than the hash: they are gathered first. */
const gatheredLength = 64 << 10;

function createFieldHash(): FieldHash {
  const inner = createHash("sha256");
  let gathered = "";
  const add = (text: string): void => {
    gathered += text;
    if (gathered.length < gatheredLength) return;
    inner.update(gathered, "latin1");
    gathered = "";
  };
  return {
    text: (bytes) => add(`${bytes.length}:${bytes}`),
    raw: add,
    digest: () => parseDigest(`sha256:${inner.update(gathered, "latin1").digest("hex")}`),
  };
}
