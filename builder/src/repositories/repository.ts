import { join } from "node:path";
import type { TreeView } from "@tsbuild/layers";
import { bytesFromText, rootPath, type TreePath } from "@tsbuild/runner-native";
import { createPathMatcher } from "../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../errors.ts";
import type { Git, GitRemote } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import { missingAgent } from "../ssh/missing-agent.ts";
import { serveAgent } from "../ssh/serve-agent.ts";
import { createContextView } from "../steps/context/context-view.ts";
import { openMemoryDirectory } from "../steps/mounts/memory-directory.ts";
import { commitByName, findRef, type FoundCommit, namesToList } from "./find-ref.ts";
import { repositoryAuthorization } from "./authorization.ts";
import { isBehindSsh, type Repository } from "./wanted.ts";

export interface RepositoryOptions {
  readonly git: Git;
  /** What the build has for servers: tokens, and keys for ssh. */
  readonly access: Pick<BuildRequest, "secrets" | "ssh">;
  readonly signal: AbortSignal;
}

/** The commit that is wanted now; the server is asked unless the address names it. @throws REF_MISSING, CHECKSUM_MISMATCH, GIT_FAILED */
export async function resolveCommit(
  repository: Repository,
  { git, access, signal }: RepositoryOptions,
): Promise<FoundCommit> {
  const known = commitByName(repository);
  if (known !== undefined) return known;
  await using remote = await openRemote(repository, access);
  return findRef(repository, await git.listRefs(remote, namesToList(repository), signal));
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
  { directory, git, access, signal }: RepositoryOptions & { readonly directory: string },
): Promise<CheckedOut> {
  const { keepGitDir, submodules, mtime, subdir } = repository;
  await using remote = await openRemote(repository, access);
  const { committedSeconds } = await git.checkOut(
    remote,
    // As BuildKit: the history belongs to all of a repository, not to one directory of it.
    { object, ref, keepGitDir: keepGitDir && subdir === undefined, submodules, mtime, directory },
    signal,
  );
  using view = viewOfCheckout(directory);
  return { committedSeconds, path: directoryIn(view, subdir) };
}

/** A checkout as it enters an image: everything belongs to root, links are not followed. */
export function viewOfCheckout(directory: string): TreeView {
  // git keeps no attributes that an image would take over.
  return createContextView(directory, { ignored: createPathMatcher([]).root(), isPlain: () => true });
}

/** A remote with what its server wants to see. As in BuildKit the keys for ssh are those of the agent `default`. @throws OPTION_INVALID */
async function openRemote(
  repository: Repository,
  { secrets = {}, ssh = {} }: RepositoryOptions["access"],
): Promise<GitRemote & AsyncDisposable> {
  const { url } = repository;
  const authorization = repositoryAuthorization(url, secrets);
  if (!isBehindSsh(repository))
    return { url, authorization, agentSocket: undefined, [Symbol.asyncDispose]: async () => undefined };
  if (ssh["default"] === undefined) throw missingAgent("default", ssh);
  await using opened = new AsyncDisposableStack();
  // Short: the path of a socket has at most 107 bytes.
  const agentSocket = join(opened.use(openMemoryDirectory()).path, "agent");
  opened.use(await serveAgent(ssh["default"], agentSocket));
  const kept = opened.move();
  return { url, authorization, agentSocket, [Symbol.asyncDispose]: () => kept.disposeAsync() };
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
