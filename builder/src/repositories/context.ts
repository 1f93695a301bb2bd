import { parseGitReference } from "../dockerfile/values/git-source.ts";
import { Problem } from "../dockerfile/problem.ts";
import { builderError } from "../errors.ts";
import { type CheckedOut, checkOutCommit, type RepositoryOptions, resolveCommit } from "./repository.ts";
import { type Repository, wantedRepository } from "./wanted.ts";

/**
 * What the address of a context says of a repository; undefined when it is none. `keepGitDir` is what the build argument
 * BUILDKIT_CONTEXT_KEEP_GIT_DIR says. @throws OPTION_INVALID when it contradicts itself
 */
export function readRepositoryAddress(
  address: string,
  { keepGitDir = false }: { readonly keepGitDir?: boolean } = {},
): Repository | undefined {
  try {
    const source = parseGitReference(address);
    if (source === undefined) return undefined;
    const repository = wantedRepository(source);
    return { ...repository, keepGitDir: repository.keepGitDir || keepGitDir };
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause;
    throw builderError("OPTION_INVALID", cause.message, {
      cause,
      hint: cause.hint ?? "see the query and the fragment of the repository's URL",
    });
  }
}

/**
 * Checks a repository out into an empty directory that is nobody else's, for a context.
 * @throws REF_MISSING, CHECKSUM_MISMATCH, SOURCE_MISSING, GIT_FAILED
 */
export async function checkOutRepository(
  repository: Repository,
  options: RepositoryOptions & { readonly directory: string },
): Promise<CheckedOut> {
  return checkOutCommit(repository, await resolveCommit(repository, options), options);
}
