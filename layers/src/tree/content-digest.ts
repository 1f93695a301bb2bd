import { createHash } from "node:crypto";
import type { TreePath } from "@tsbuild/runner-native";
import { createHasherOf, type Digest, parseDigest } from "../digest.ts";
import { keptXattrs, type XattrOrigin } from "./kept-xattrs.ts";
import { readContent } from "./read-content.ts";
import type { TreeView, ViewEntry } from "./tree-view.ts";
import { createWaitingDirectories } from "./waiting-directories.ts";
import { walk } from "./walk.ts";

export interface ContentDigestOptions {
  /** Which xattrs count (they are those that would be copied). */
  readonly xattrs: XattrOrigin;
  /** A remembered digest of a file's bytes; undefined makes it read. */
  readonly remembered?: (path: TreePath, entry: ViewEntry) => Digest | undefined;
  /** Told each digest that had to be made. */
  readonly onDigest?: (path: TreePath, entry: ViewEntry, digest: Digest) => void;
  /** False leaves a path out, but not what is below it: for that the directory itself counts again, as COPY makes it. */
  readonly selects?: (path: TreePath, entry: ViewEntry) => boolean;
  /** False when nothing below a directory can be selected: it is not even read. */
  readonly mayEnter?: (path: TreePath) => boolean;
}

const version = "tsbuild content 2";

/**
 * The digest of what lies at and below these paths, in their order: names, types, modes, ids, links, kept xattrs, bytes; no times.
 * Two trees with equal digests give equal copies. Call `view.prepare(paths)` before, unless every digest is remembered.
 */
export function contentDigest(
  view: TreeView,
  paths: readonly TreePath[],
  options: ContentDigestOptions,
): Digest {
  const fields = createFieldHash();
  const groups = new Map<string, TreePath>();
  fields.text(version);
  for (const path of paths) {
    fields.text("from");
    const waiting = createWaitingDirectories<HashedEntry>();
    for (const { path: below, entry } of walk(view, path, options.mayEnter)) {
      const hashed = { view, path: below, entry, groups, options };
      if (options.selects && !options.selects(below, entry)) {
        if (entry.type === "directory") waiting.wait(below, hashed);
        continue;
      }
      for (const above of waiting.above(below)) addEntry(fields, above);
      addEntry(fields, hashed);
    }
  }
  return fields.digest();
}

/** The digest of a file's bytes as they are now. */
export function fileDigest(view: TreeView, path: TreePath): Digest {
  const content = view.content(path);
  try {
    const hasher = createHasherOf(content.size);
    readContent(content, (slice) => hasher.update(slice));
    return hasher.digest();
  } finally {
    content.close();
  }
}

interface HashedEntry {
  readonly view: TreeView;
  readonly path: TreePath;
  readonly entry: ViewEntry;
  /** Hard-link groups by the first of their names: how they are called in the view means nothing. */
  readonly groups: Map<string, TreePath>;
  readonly options: ContentDigestOptions;
}

function addEntry(fields: FieldHash, hashed: HashedEntry): void {
  const { view, path, entry, groups, options } = hashed;
  fields.text(path);
  fields.text(entry.type);
  fields.numbers(entry.mode, entry.uid, entry.gid, entry.deviceMajor, entry.deviceMinor);
  fields.text(entry.linkTarget ?? "");
  const group = entry.hardlinkGroup;
  const first = group === undefined ? undefined : groups.get(group);
  if (group !== undefined && first === undefined) groups.set(group, path);
  // The name, not a count of groups: which file this is a link to must be told, since its bytes are not hashed again.
  fields.text(first ?? "");
  const xattrs = keptXattrs(view.xattrs(path), options.xattrs);
  fields.numbers(xattrs?.size ?? 0);
  for (const [name, value] of xattrs ?? []) {
    fields.text(name);
    fields.text(value.toString("latin1"));
  }
  if (entry.type === "file" && first === undefined) fields.text(digestOfFile(hashed));
}

function digestOfFile({ view, path, entry, options }: HashedEntry): Digest {
  const remembered = options.remembered?.(path, entry);
  if (remembered) return remembered;
  const digest = fileDigest(view, path);
  options.onDigest?.(path, entry, digest);
  return digest;
}

/** Every field with its length, so that no two sequences of fields give the same bytes. */
interface FieldHash {
  text(bytes: string): void;
  numbers(...values: number[]): void;
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
    numbers: (...values) => add(`#${values.join(",")};`),
    digest: () => parseDigest(`sha256:${inner.update(gathered, "latin1").digest("hex")}`),
  };
}
