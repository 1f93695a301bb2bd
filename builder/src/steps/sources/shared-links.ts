import type { ViewEntry } from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import type { FieldValue } from "../../solve/field-hash.ts";

/** A name of a file that has several, as one of the sources of a step has it first. */
export interface LinkedName {
  readonly group: string;
  readonly path: TreePath;
}

/**
 * What the digests of single sources do not tell: names of one file that lie in several sources of a step. COPY makes them hard
 * links in the layer, so they are part of its key.
 */
export interface SharedLinks {
  add(input: number, names: readonly LinkedName[]): void;
  /** The names by file, in the order of the sources; undefined when no file lies in several. */
  value(): FieldValue;
}

export function createSharedLinks(): SharedLinks {
  const names = new Map<string, TreePath[]>();
  return {
    add(input, linked) {
      for (const { group, path } of linked) {
        const key = `${input} ${group}`;
        const known = names.get(key);
        if (known) known.push(path);
        else names.set(key, [path]);
      }
    },
    value() {
      const shared = [...names.values()].filter(({ length }) => length > 1);
      return shared.length === 0 ? undefined : shared;
    },
  };
}

/** A digest asks for the bytes of a file once for all of its names in one source. */
export function noteLinked(into: LinkedName[], path: TreePath, { hardlinkGroup }: ViewEntry): void {
  if (hardlinkGroup !== undefined) into.push({ group: hardlinkGroup, path });
}
