import { Problem } from "../dockerfile/problem.ts";
import { cleanPath } from "../dockerfile/values/clean-path.ts";
import type { GitSource } from "../dockerfile/values/git-source.ts";

/** What of a repository is wanted: plain data of a step or a context. */
export interface Repository {
  /** With its scheme, or as `user@host:path`; it may hold a user and a password. */
  readonly url: string;
  /** A branch, a tag, a full name below `refs/` or all digits of a commit; its HEAD when it is missing. */
  readonly ref: string | undefined;
  /** Clean, without slashes at its ends. */
  readonly subdir: string | undefined;
  /** The commit, or how its digits begin. */
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean;
  readonly submodules: boolean;
  /** The time of the files: that of the checkout or of the commit. */
  readonly mtime: "checkout" | "commit";
  /** The commit that `checksum` names is taken, wherever the ref has moved meanwhile. */
  readonly fetchByCommit: boolean;
}

/** What an instruction says of a repository besides its address. */
export interface RepositoryFlags {
  readonly keepGitDir?: boolean;
  readonly checksum?: string;
}

/** A repository as BuildKit understands its address. @throws Problem when what is asked for cannot be */
export function wantedRepository(git: GitSource, flags: RepositoryFlags = {}): Repository {
  const checksum = git.checksum ?? flags.checksum;
  const subdir = git.subdir === undefined ? "" : cleanPath(`/${git.subdir}`).slice(1);
  const repository: Repository = {
    url: git.mayBeLocal ? `https://${git.remote}` : git.remote,
    ref: git.ref,
    subdir: subdir === "" ? undefined : subdir,
    checksum: checksum === undefined || checksum === "" ? undefined : checksum.toLowerCase(),
    keepGitDir: git.keepGitDir ?? flags.keepGitDir ?? false,
    submodules: git.submodules ?? true,
    mtime: git.mtime ?? "checkout",
    fetchByCommit: git.fetchByCommit,
  };
  refuse(repository);
  return repository;
}

function refuse({ url, ref, checksum, fetchByCommit }: Repository): void {
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(`${url}${ref}`))
    throw new Problem("a control character in the address of a repository");
  if (ref?.startsWith("-") === true)
    throw new Problem(`${ref} is no name of a branch, a tag or a commit`, {
      hint: "a name that begins with a dash would be an option to git",
    });
  if (checksum !== undefined && !/^[0-9a-f]+$/.test(checksum))
    throw new Problem(`invalid checksum ${checksum} for Git URL, expected hex commit hash`, {
      hint: "write the commit, or its first digits",
    });
  if (fetchByCommit && !isObjectName(checksum ?? ""))
    throw new Problem("fetch-by-commit requires a checksum with all digits of the commit", {
      hint: "add checksum=COMMIT to the query",
    });
}

/** Whether keys of an SSH agent are needed to reach it. */
export function isBehindSsh({ url }: Pick<Repository, "url">): boolean {
  return !/^(?:https?|git):/i.test(url);
}

/** All digits of what git names by its digest: SHA-1 or SHA-256. */
export function isObjectName(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
