import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { builderError, type Git, type GitCheckout } from "@tsbuild/builder";
import { setTimes } from "./set-times.ts";
import { createGitRunner, type GitRunner } from "./run-git.ts";
import { shallowly, updateSubmodules } from "./submodules.ts";

/** Repositories by the machine's git. `env` says how servers are reached. */
export function createGitClient(env: Readonly<Record<string, string | undefined>>): Git {
  return {
    async listRefs(remote, names, signal) {
      const git = createGitRunner({ directory: "/", remote, env, signal });
      return git.run("ls-remote", "--symref", "--", git.url, ...names);
    },
    checkOut: (remote, checkout, signal) =>
      checkOut(createGitRunner({ directory: checkout.directory, remote, env, signal }), checkout),
  };
}

async function checkOut(
  git: GitRunner,
  checkout: GitCheckout,
): Promise<{ readonly committedSeconds: number }> {
  const { object, ref, directory, submodules, keepGitDir, mtime } = checkout;
  const format = object.length === 64 ? ["--object-format=sha256"] : [];
  await git.run("init", "--quiet", ...format);
  // Submodules may be named relative to it.
  await git.run("remote", "add", "--", "origin", git.url);
  await fetchObject(git, checkout);
  const commit = (await git.run("rev-parse", "--verify", "--end-of-options", `${object}^{commit}`)).trim();
  if (keepGitDir && ref !== undefined) await git.run("update-ref", ref, object);
  await git.run("checkout", "--quiet", "--force", "--detach", commit);
  if (submodules) await updateSubmodules(git, directory);
  const committedSeconds = Number(await git.run("show", "--no-patch", "--format=%ct", commit));
  rmSync(join(directory, ".git", keepGitDir ? "FETCH_HEAD" : ""), { recursive: true, force: true });
  if (mtime === "commit") setTimes(directory, committedSeconds);
  return { committedSeconds };
}

/** Servers that do not give what is not, or no longer, at the tip of a branch. */
const isRefused =
  /not our ref|unadvertised object|does not allow request|Unable to find|couldn't find remote ref/i;

/** By its digits; else by its ref, as long as that has not moved; else with everything else that is there. */
async function fetchObject(git: GitRunner, { object, ref, directory }: GitCheckout): Promise<void> {
  if (await tryFetch(git, object, ["--depth=1", "--", git.url, object])) return;
  if (ref !== undefined && (await tryFetch(git, object, ["--depth=1", "--", git.url, ref]))) return;
  // The ref has moved, and what came of it is the end of a history, of which everything is more.
  const isCut = existsSync(join(directory, ".git", "shallow"));
  const everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  const deepest = [...(isCut ? ["--unshallow"] : []), "--", git.url, ...everything];
  if (await tryFetch(git, object, deepest)) return;
  throw builderError("REF_MISSING", `repository does not contain commit ${object}`, {
    hint: "has it been pushed, to this repository?",
  });
}

/** Whether the object is there now. @throws GIT_FAILED unless the server has it in another way, perhaps */
async function tryFetch(git: GitRunner, object: string, rest: readonly string[]): Promise<boolean> {
  const args = ["fetch", "--quiet", "--no-tags", ...rest];
  const answer = await shallowly(git, args);
  if (answer.code !== 0 && !isRefused.test(answer.stderr)) git.fail(args, answer);
  return (await git.ask("cat-file", "-e", object)).code === 0;
}
