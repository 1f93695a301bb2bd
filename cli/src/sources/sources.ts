import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseBoolean, readRepositoryAddress } from "@tsbuild/builder";
import { createRootDirView, resolvePath } from "@tsbuild/layers";
import { bytesFromText, openRootDir, textFromBytes } from "@tsbuild/runner-native";
import { readDockerfile } from "./dockerfile-source.ts";
import { cliError } from "../errors.ts";
import { receiveContext } from "./received-context.ts";
import type { BuildSources, SourceOptions, SourcePlace } from "../options/source-options.ts";

/**
 * Opens what a build reads. Streams and servers are read once, so `beforeWork` is called before them.
 * @throws USAGE, OPTION_INVALID, CONTEXT_MISSING, REF_MISSING, CHECKSUM_MISMATCH, GIT_FAILED, DOWNLOAD_FAILED, TAR_INVALID, TAR_ESCAPES
 */
export async function openSources(options: SourceOptions, place: SourcePlace): Promise<BuildSources> {
  const { contextSubPath } = options;
  const sources = await openWhole(options, place);
  if (contextSubPath === undefined) return sources;
  await using opened = new AsyncDisposableStack();
  opened.use(sources);
  const context = { ...sources.context, directory: directoryIn(sources.context.directory, contextSubPath) };
  const kept = opened.move();
  return { ...sources, context, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A directory of a context: links in it lead nowhere else. @throws CONTEXT_MISSING */
function directoryIn(directory: string, subPath: string): string {
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const { path, missing, entry } = resolvePath(view, bytesFromText(subPath));
  if (missing.length === 0 && entry?.type === "directory") return join(directory, textFromBytes(path));
  throw cliError("CONTEXT_MISSING", `there is no directory ${subPath} in the context`, {
    hint: "name one with --context-sub-path: its path inside the context",
  });
}

async function openWhole(options: SourceOptions, place: SourcePlace): Promise<BuildSources> {
  const { context } = options;
  if (typeof context !== "string")
    return receiveContext({ kind: "stream", bytes: context }, { options, place });
  const directory = resolve(place.cwd, context);
  if (/^https?:\/\//.test(context) || !existsSync(directory)) {
    const keepGitDir = parseBoolean(options.buildArgs?.["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] ?? "") ?? false;
    const repository = readRepositoryAddress(context, { keepGitDir });
    if (repository !== undefined) return receiveContext({ kind: "git", repository }, { options, place });
    if (/^https?:/.test(context)) return receiveContext({ kind: "http", url: context }, { options, place });
  }
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw cliError("CONTEXT_MISSING", `the context ${context} is not a directory`, {
      hint: "name a directory to build from, a URL or a git repository",
    });
  const dockerfile = await readDockerfile(options.dockerfile, directory, { options, place });
  return { context: { directory }, dockerfile, [Symbol.asyncDispose]: async () => undefined };
}
