/**
 * What has to happen to an archive. `refused`: no reader may take it, with this code. `unextractable`: a legal tar, but nothing may
 * make a tree of it. `contained`: it may be extracted or refused, and nothing outside the root may change.
 */
export type Expectation =
  | { readonly kind: "refused"; readonly code: "TAR_INVALID" | "TAR_ESCAPES" }
  | { readonly kind: "unextractable" }
  | { readonly kind: "contained" };

/** An archive that somebody once got in trouble with, made when it is asked for. */
export interface EvilArchive {
  readonly name: string;
  readonly why: string;
  readonly expect: Expectation;
  readonly build: () => Buffer;
}

export const invalid: Expectation = { kind: "refused", code: "TAR_INVALID" };
export const escapes: Expectation = { kind: "refused", code: "TAR_ESCAPES" };
export const unextractable: Expectation = { kind: "unextractable" };
export const contained: Expectation = { kind: "contained" };

/** A row of a table: name, why, what to expect, how to build it. */
export type EvilRow = readonly [name: string, why: string, expect: Expectation, build: () => Buffer];

export function evilArchives(rows: readonly EvilRow[]): readonly EvilArchive[] {
  return rows.map(([name, why, expect, build]) => ({ name, why, expect, build }));
}
