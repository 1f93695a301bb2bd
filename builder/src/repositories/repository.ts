import type { TreeView } from "@tsbuild/layers";
import { bytesFromText, rootPath, type TreePath } from "@tsbuild/runner-native";
import { createPathMatcher } from "../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../errors.ts";
import type { Git, GitRemote } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import { createContextView } from "../steps/context/context-view.ts";
import { commitByName, findRef, type FoundCommit, namesToList } from "./find-ref.ts";
import { repositoryAuthorization } from "./authorization.ts";
import type { Repository } from "./wanted.ts";

export interface RepositoryOptions {
  readonly git: Git;
  readonly secrets: BuildRequest["secrets"];
  readonly signal: AbortSignal;
}

/** The commit that is wanted now; the server is asked unless the address names it. @throws REF_MISSING, CHECKSUM_MISMATCH, GIT_FAILED */
export async function resolveCommit(
  repository: Repository,
  options: RepositoryOptions,
): Promise<FoundCommit> {
  const known = commitByName(repository);
  if (known !== undefined) return known;
  const listing = await options.git.listRefs(
    remoteOf(repository, options),
    namesToList(repository),
    options.signal,
  );
  return findRef(repository, listing);
}

/** A commit's files in a directory. */
export interface CheckedOut {
  /** When it was committed, in seconds since 1970. */
  readonly committedSeconds: number;
  /** Of `subdir` in the directory. */
  readonly path: TreePath;
}

/** Checks a commit out into an empty directory that is nobody else's. @throws GIT_FAILED, SOURCE_MISSING when there is no such `subdir` */
export async function checkOutCommit(
  repository: Repository,
  { object, ref }: FoundCommit,
  { directory, ...options }: RepositoryOptions & { readonly directory: string },
): Promise<CheckedOut> {
  const { keepGitDir, submodules, mtime, subdir } = repository;
  const { committedSeconds } = await options.git.checkOut(
    remoteOf(repository, options),
    // As BuildKit: the history belongs to all of a repository, not to one directory of it.
    { object, ref, keepGitDir: keepGitDir && subdir === undefined, submodules, mtime, directory },
    options.signal,
  );
  using view = viewOfCheckout(directory);
  return { committedSeconds, path: directoryIn(view, subdir) };
}

/** A checkout as it enters an image: everything belongs to root, links are not followed. */
export function viewOfCheckout(directory: string): TreeView {
  // git keeps no attributes that an image would take over.
  return createContextView(directory, { ignored: createPathMatcher([]).root(), isPlain: () => true });
}

function remoteOf({ url }: Repository, { secrets }: RepositoryOptions): GitRemote {
  return { url, authorization: repositoryAuthorization(url, secrets ?? {}) };
}

/** As BuildKit: no link on the way, not even one that stays inside. @throws SOURCE_MISSING */
function directoryIn(view: TreeView, subdir: string | undefined): TreePath {
  if (subdir === undefined) return rootPath;
  const type = view.lookup(bytesFromText(subdir) as TreePath)?.type;
  if (type === "directory") return bytesFromText(subdir) as TreePath;
  const what = type === undefined ? "there is no directory" : `a ${type}, not a directory, is`;
  throw builderError("SOURCE_MISSING", `${what} ${subdir} in the repository`, {
    hint: "write #REF:DIRECTORY after the repository's URL; links are not followed",
  });
}
