import { builderError } from "../errors.ts";
import { isObjectName, type Repository } from "./wanted.ts";

/** What a ref of a repository leads to. */
export interface FoundCommit {
  /** What the ref names: a commit, or an annotated tag. */
  readonly object: string;
  /** The commit itself, as far as the server says. */
  readonly commit: string;
  /** The full name of the ref; undefined when the commit itself was asked for. */
  readonly ref: string | undefined;
}

/** Without asking a server: what the address itself says of the commit. @throws CHECKSUM_MISMATCH */
export function commitByName(repository: Repository): FoundCommit | undefined {
  const { ref, checksum, fetchByCommit } = repository;
  if (ref !== undefined && isObjectName(ref))
    return verified({ object: ref, commit: ref, ref: undefined }, repository);
  if (!fetchByCommit || checksum === undefined) return undefined;
  const name = ref === undefined || ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
  return { object: checksum, commit: checksum, ref: name };
}

/** The names that `git ls-remote` is asked for. */
export function namesToList({ ref }: Repository): readonly string[] {
  return ref === undefined ? ["HEAD"] : [ref, `${ref}^{}`];
}

/**
 * Finds the ref in what `git ls-remote --symref` says, as BuildKit does: a name below `refs/` first, then a branch, then a tag.
 * @throws REF_MISSING, CHECKSUM_MISMATCH
 */
export function findRef(repository: Repository, listing: string): FoundCommit {
  const refs = readListing(listing);
  const found = repository.ref === undefined ? headOf(refs) : namedIn(refs, repository.ref);
  if (found === undefined)
    throw builderError(
      "REF_MISSING",
      `repository does not contain ref ${repository.ref ?? "HEAD"}, output: ${JSON.stringify(listing)}`,
      { hint: "a commit is named by all of its digits, a branch or a tag by its whole name" },
    );
  return verified(found, repository);
}

interface Listing {
  readonly objects: ReadonlyMap<string, string>;
  /** Where HEAD points to, when the server says so. */
  readonly head: string | undefined;
}

function readListing(text: string): Listing {
  const objects = new Map<string, string>();
  let head: string | undefined;
  for (const line of text.split("\n")) {
    const [first = "", name = ""] = line.split("\t");
    if (isObjectName(first)) objects.set(name, first);
    else if (name === "HEAD" && first.startsWith("ref: refs/")) head = first.slice("ref: ".length);
  }
  return { objects, head };
}

function headOf({ objects, head }: Listing): FoundCommit | undefined {
  const object = objects.get("HEAD");
  return object === undefined ? undefined : { object, commit: object, ref: head };
}

function namedIn({ objects }: Listing, ref: string): FoundCommit | undefined {
  const below = (prefix: string): string => (ref.startsWith(prefix) ? ref : prefix + ref);
  const tag = below("refs/tags/");
  for (const name of [below("refs/"), below("refs/heads/"), tag]) {
    const object = objects.get(name);
    const commit = name === tag ? objects.get(`${name}^{}`) : undefined;
    if (object !== undefined) return { object, commit: commit ?? object, ref: name };
  }
  return undefined;
}

function verified(found: FoundCommit, { checksum }: Repository): FoundCommit {
  const names = [...new Set([found.object, found.commit])];
  if (checksum === undefined || names.some((name) => name.startsWith(checksum))) return found;
  throw builderError(
    "CHECKSUM_MISMATCH",
    `expected checksum to match ${checksum}, got ${names.join(" or ")}`,
    { hint: "has the branch or tag been moved?" },
  );
}
