import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** When all commits of the tests are made: seconds since 1970. */
export const commitSeconds = 1_700_000_000;

/** Names and times that are the same everywhere, and nothing of the user's configuration. */
const environment = {
  PATH: process.env["PATH"],
  HOME: "/dev/null",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "test",
  GIT_AUTHOR_EMAIL: "test",
  GIT_COMMITTER_NAME: "test",
  GIT_COMMITTER_EMAIL: "test",
  GIT_AUTHOR_DATE: `${commitSeconds} +0000`,
  GIT_COMMITTER_DATE: `${commitSeconds} +0000`,
};

/** A repository with a working tree, made for a test. */
export interface TestRepository {
  readonly directory: string;
  /** What git prints, without the last line's end. */
  git(...args: readonly string[]): string;
  /** With something on its standard input. */
  feed(input: string | Buffer, ...args: readonly string[]): string;
  /** Writes files (a value of undefined removes one, an object is a link) and commits everything. @returns the commit */
  commit(message: string, files: Readonly<Record<string, TestFile>>): string;
  /** Takes another repository's commit up as a submodule, which the next commit holds; what `.gitmodules` says of it is not written. */
  submodule(path: string, commit: string): void;
}

export type TestFile = string | undefined | { readonly link: string };

export function makeRepository(
  directory: string,
  { format = "sha1" }: { readonly format?: "sha1" | "sha256" } = {},
): TestRepository {
  mkdirSync(directory, { recursive: true });
  const feed = (input: string | Buffer, ...args: readonly string[]): string =>
    execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: directory,
      env: environment,
      input,
      stdio: ["pipe", "pipe", "ignore"],
      encoding: "utf8",
    }).trim();
  const git = (...args: readonly string[]): string => feed("", ...args);
  git("init", "--quiet", "--initial-branch=master", `--object-format=${format}`);
  return {
    directory,
    git,
    feed,
    commit(message, files) {
      for (const [name, file] of Object.entries(files)) write(join(directory, name), file);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", `--message=${message}`);
      return git("rev-parse", "HEAD");
    },
    submodule(path, commit) {
      mkdirSync(join(directory, path), { recursive: true });
      git("update-index", "--add", "--cacheinfo", `160000,${commit},${path}`);
    },
  };
}

function write(path: string, file: TestFile): void {
  rmSync(path, { recursive: true, force: true });
  if (file === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === "string") writeFileSync(path, file);
  else symlinkSync(file.link, path);
}
