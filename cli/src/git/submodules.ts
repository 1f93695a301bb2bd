import { lstatSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { builderError } from "@tsbuild/builder";
import type { GitAnswer, GitRunner } from "./run-git.ts";

/** A commit may have submodules that have submodules, as deep and as many as somebody likes. */
const limits = { depth: 8, count: 1000 } as const;

/** Checks out the submodules of a checkout, and theirs. @throws GIT_FAILED */
export async function updateSubmodules(git: GitRunner, directory: string): Promise<void> {
  await updateBelow(git, directory, { depth: 0, total: { count: 0 } });
}

interface Level {
  readonly depth: number;
  readonly total: { count: number };
}

async function updateBelow(git: GitRunner, directory: string, { depth, total }: Level): Promise<void> {
  const list = lstatSync(join(directory, ".gitmodules"), { throwIfNoEntry: false });
  if (list?.isFile() !== true) return;
  if (depth >= limits.depth) throw tooMany(`more than ${limits.depth} levels of submodules`);
  const args = ["submodule", "--quiet", "update", "--init", "--depth=1"];
  const answer = await shallowly(git, args);
  if (answer.code !== 0) git.fail(args, answer);
  const listed = await git.run("submodule", "--quiet", "foreach", String.raw`printf "%s\0" "$sm_path"`);
  for (const path of listed.split("\0").filter((name) => name !== "")) {
    if (++total.count > limits.count) throw tooMany(`more than ${limits.count} submodules`);
    const inner = join(directory, path);
    // git never checks one out behind a link; should it ever, nothing is done there.
    if (realpathSync(inner) !== join(realpathSync(directory), path))
      throw builderError("GIT_FAILED", `the submodule ${path} lies behind a link`);
    await updateBelow(git.in(inner), inner, { depth: depth + 1, total });
  }
}

function tooMany(what: string): Error {
  return builderError("GIT_FAILED", `the repository has ${what}`, {
    hint: "leave them out with ?submodules=false",
  });
}

/** Servers of plain files give no shallow histories: from them everything is fetched (as BuildKit). */
export async function shallowly(git: GitRunner, args: readonly string[]): Promise<GitAnswer> {
  const answer = await git.ask(...args);
  if (answer.code === 0 || !/--depth|shallow/.test(answer.stderr)) return answer;
  return git.ask(...args.filter((arg) => arg !== "--depth=1"));
}
