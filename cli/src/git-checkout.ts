import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type GitSource, parseGitReference } from "@tsbuild/builder";
import { createRootDirView, resolvePath } from "@tsbuild/layers";
import { bytesFromText, openRootDir, textFromBytes } from "@tsbuild/runner-native";
import { cliError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** What a context says of a repository; undefined when it is none. @throws USAGE when it contradicts itself */
export function gitContext(context: string): GitSource | undefined {
  let source: GitSource | undefined;
  try {
    source = parseGitReference(context);
  } catch (cause) {
    throw cliError("USAGE", (cause as Error).message, {
      cause,
      hint: "see the context's query and fragment",
    });
  }
  if (source?.ref?.startsWith("-") === true)
    throw cliError("USAGE", `${source.ref} is no name of a branch, a tag or a commit`, {
      hint: "a name that begins with a dash would be an option to git",
    });
  return source;
}

interface Checkout {
  readonly source: GitSource;
  /** Empty, and nobody else's. */
  readonly directory: string;
  readonly terminal: Pick<Terminal, "env" | "signal">;
}

/**
 * Checks a repository out with the machine's git, as shallow as its server allows. Nothing of the user's or the machine's
 * configuration, no hook and no other protocol takes part.
 * @returns the directory that the context is: the checkout or its `subdir`, links followed inside the checkout only
 */
export async function checkOut({ source, directory, terminal }: Checkout): Promise<string> {
  const git: Git = (...args) => runGit(args, { source, directory, terminal });
  await git("init", "--quiet", "--template=");
  // Submodules may be named relative to it. Kept in the checkout's configuration, so without a password.
  await git("remote", "add", "--", "origin", remoteOf(source).replace(/^(https?:\/\/)[^@/]+@/i, "$1"));
  const commit = await fetchCommit(source, git);
  if (source.checksum !== undefined && !commit.startsWith(source.checksum))
    throw cliError("GIT_FAILED", `expected checksum to match ${source.checksum}, got ${commit}`, {
      hint: "has the branch or tag been moved?",
    });
  await git("checkout", "--quiet", "--force", "--detach", commit);
  if (source.submodules !== false && existsSync(join(directory, ".gitmodules")))
    await git("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1");
  if (source.keepGitDir !== true) rmSync(join(directory, ".git"), { recursive: true, force: true });
  return subdirectoryOf(directory, source.subdir);
}

type Git = (...args: readonly string[]) => Promise<string>;

/** One commit by its name; from servers that give no commits by their digest everything is fetched. */
async function fetchCommit(source: GitSource, git: Git): Promise<string> {
  const remote = remoteOf(source);
  const ref = source.ref ?? "HEAD";
  const isCommit = /^[0-9a-f]{7,64}$/.test(ref);
  try {
    await git("fetch", "--quiet", "--depth=1", "--no-tags", "--", remote, ref);
    return await git("rev-parse", "--verify", "--end-of-options", "FETCH_HEAD^{commit}");
  } catch (error) {
    if (!isCommit) throw error;
    await git("fetch", "--quiet", "--", remote, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*");
    return await git("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`);
  }
}

function remoteOf({ remote, mayBeLocal }: GitSource): string {
  return mayBeLocal ? `https://${remote}` : remote;
}

/** git: what may be set from outside, and what must not run or be asked. */
const settings = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["protocol.file.allow", "never"],
  ["protocol.ext.allow", "never"],
  ["credential.helper", ""],
  ["advice.detachedHead", "false"],
] as const;

/** Of the user's environment: how to reach servers, and the agent for ssh. */
const passedVariables = [
  "PATH",
  "HOME",
  "SSH_AUTH_SOCK",
  "SSL_CERT_FILE",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "no_proxy",
  "NO_PROXY",
];

function environmentOf(env: Terminal["env"]): NodeJS.ProcessEnv {
  const passed = passedVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    ...(Object.fromEntries(passed) as NodeJS.ProcessEnv),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "http:https:git:ssh",
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
    LC_ALL: "C",
  };
}

/** More than git says when it fails. */
const maxOutputBytes = 64 * 1024;

/** The modes of a checkout are 644 and 755, whatever the user's mask is. */
const withMask = 'umask 022; exec git "$@"';

async function runGit(args: readonly string[], { source, directory, terminal }: Checkout): Promise<string> {
  const set = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", withMask, "git", ...set, ...args], {
    cwd: directory,
    env: environmentOf(terminal.env),
    stdio: ["ignore", "pipe", "pipe"],
    signal: terminal.signal,
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      if (said[name].length < maxOutputBytes) said[name] += chunk.toString("utf8");
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  terminal.signal.throwIfAborted();
  if (code === 0) return said.stdout.trim();
  const shown = withoutCredentials(remoteOf(source), source);
  const reason = withoutCredentials(said.stderr.trim().split("\n").at(-1) ?? "", source);
  if (code === 127)
    throw cliError("GIT_FAILED", "this machine has no git", { hint: "install git, or name a directory" });
  throw cliError("GIT_FAILED", `git ${args[0]} of ${shown} failed: ${reason}`, {
    hint: "is the repository reachable from here, and the branch, tag or commit in it?",
  });
}

/** git shows a user and password in more forms than as part of a URL. */
function withoutCredentials(text: string, source: GitSource): string {
  const credentials = /:\/\/([^@/]+)@/.exec(remoteOf(source))?.[1];
  return credentials === undefined ? text : text.replaceAll(credentials, "***");
}

/** @throws CONTEXT_MISSING */
function subdirectoryOf(directory: string, subdir: string | undefined): string {
  if (subdir === undefined) return directory;
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const { path, missing, entry } = resolvePath(view, bytesFromText(subdir));
  if (missing.length === 0 && entry?.type === "directory") return join(directory, textFromBytes(path));
  throw cliError("CONTEXT_MISSING", `there is no directory ${subdir} in the repository`, {
    hint: "write #REF:DIRECTORY after the repository's URL",
  });
}
