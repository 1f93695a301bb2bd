import { isDigest } from "@tsbuild/layers";
import { baseName } from "../../dockerfile/values/clean-path.ts";
import { type GitSource, parseGitSource } from "../../dockerfile/values/git-source.ts";
import { flagToken } from "../../dockerfile/flags.ts";
import type { AddInstruction } from "../../dockerfile/instruction.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import { wantedRepository } from "../../repositories/wanted.ts";
import type { CommandContext } from "./command-context.ts";
import type { StepId } from "../step.ts";

/** An http(s) URL that is no git repository. */
export function isHttp(source: string): boolean {
  return /^https?:\/\//.test(source) && parseGitSource(source) === undefined;
}

/** The step that downloads one file. */
export function addHttp(
  { scope, state, platform, span, instruction }: CommandContext,
  { url, checksum, name }: { readonly url: string; readonly checksum: string; readonly name: string },
): { readonly step: StepId; readonly fileName: string } {
  if (checksum !== "" && !isDigest(checksum))
    throw new Problem(`invalid checksum digest format: ${quote(checksum)}`, {
      token: flagToken(instruction.scanned, "checksum"),
      hint: "write sha256: and 64 hex digits",
    });
  const fileName = fileNameOf(url);
  const step = scope.steps.add({
    kind: "http",
    name,
    stage: state.label,
    span,
    inputs: [],
    platform,
    url,
    checksum: checksum !== "" && isDigest(checksum) ? checksum : undefined,
    fileName,
  });
  return { step, fileName };
}

/** The last segment of the URL's path, or a stand-in when it has none. */
export function fileNameOf(url: string): string {
  if (!URL.canParse(url)) return "__unnamed__";
  const base = baseName(decoded(new URL(url).pathname));
  return [".", "..", "/"].includes(base) || base.includes("\0") ? "__unnamed__" : base;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign: the name stays as it is written.
    return path;
  }
}

/** The step that checks a repository out. */
export function addGit(
  { scope, state, platform, span, instruction }: CommandContext<AddInstruction>,
  { git, checksum, name }: { readonly git: GitSource; readonly checksum: string; readonly name: string },
): StepId {
  const { keepGitDir } = instruction;
  if (keepGitDir !== undefined && git.keepGitDir !== undefined && keepGitDir !== git.keepGitDir)
    throw new Problem("inconsistent keep-git-dir configuration");
  if (checksum !== "" && git.checksum !== undefined && checksum !== git.checksum)
    throw new Problem(`checksum mismatch ${quote(checksum)} != ${quote(git.checksum)}`);
  return scope.steps.add({
    ...wantedRepository(git, { checksum, ...(keepGitDir !== undefined && { keepGitDir }) }),
    kind: "git",
    name,
    stage: state.label,
    span,
    inputs: [],
    platform,
  });
}
