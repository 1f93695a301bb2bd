import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { builderError, type GitRemote } from "@tsbuild/builder";
import { type PlainRemote, plainRemote } from "./environment.ts";

export interface GitPlace {
  readonly directory: string;
  readonly remote: GitRemote;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface GitAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** git in one directory, for one remote. */
export interface GitRunner {
  /** The remote's URL, without a user for the web. */
  readonly url: string;
  /** What it prints. @throws GIT_FAILED */
  run(...args: readonly string[]): Promise<string>;
  /** However it ends. */
  ask(...args: readonly string[]): Promise<GitAnswer>;
  /** @throws GIT_FAILED, always */
  fail(args: readonly string[], answer: GitAnswer): never;
  in(directory: string): GitRunner;
}

export function createGitRunner(place: GitPlace): GitRunner {
  const remote = plainRemote(place.remote, place.env);
  const runner: GitRunner = {
    url: remote.url,
    ask: (...args) => ask(args, remote, place),
    async run(...args) {
      const answer = await runner.ask(...args);
      return answer.code === 0 ? answer.stdout : runner.fail(args, answer);
    },
    fail: (args, answer) => {
      throw failure(args, answer, remote);
    },
    in: (directory) => createGitRunner({ ...place, directory }),
  };
  return runner;
}

/** More than git says of a ref, a commit, or a thousand submodules; a server may say more. */
const maxOutputBytes = 1 << 20;
/** In blocks of 512 bytes: a repository that never ends must not fill the disk; as of downloads. */
const maxFileBlocks = (64 * 2 ** 30) / 512;

/**
 * The modes of a checkout are 644 and 755, whatever the user's mask is. Descriptor 3 ends with this process, however that ends, and git with its
 * helpers then: they are a group of their own, whose number is the shell's.
 */
const script = `umask 022
ulimit -f ${maxFileBlocks} 2>/dev/null
git "$@" 3<&- &
git=$!
(read -r line <&3; kill -KILL -$$) >&- 2>&- &
exec 3<&-
wait $git`;

async function ask(
  args: readonly string[],
  { environment }: PlainRemote,
  { directory, signal }: GitPlace,
): Promise<GitAnswer> {
  signal.throwIfAborted();
  const child = spawn("/bin/sh", ["-c", script, "git", ...args], {
    cwd: directory,
    env: environment,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  child.once("exit", () => child.stdio[3]?.destroy());
  const stop = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  signal.addEventListener("abort", stop);
  const said = { stdout: collect(child.stdout, stop), stderr: collect(child.stderr, stop) };
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    signal.throwIfAborted();
    return { code, stdout: said.stdout(), stderr: said.stderr() };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended by itself.
  }
}

function collect(stream: Readable | null, stop: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxOutputBytes) return stop();
    chunks.push(chunk);
    return undefined;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function failure(args: readonly string[], { code, stderr }: GitAnswer, { url, secrets }: PlainRemote): Error {
  if (code === 127)
    return builderError("GIT_FAILED", "this machine has no git", {
      hint: "install git, or name a directory",
    });
  const told = (text: string): string =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
  const reason = code === null ? "it was killed, or said too much" : reasonIn(stderr);
  return builderError(
    "GIT_FAILED",
    `git ${args[0]} of ${told(url.replace(/\/\/[^@/]+@/, "//***@"))} failed: ${told(reason)}`,
    {
      hint: /terminal prompts disabled|Authentication failed|Permission denied/.test(stderr)
        ? "give a token as the secret GIT_AUTH_TOKEN, or for ssh a key to the agent"
        : "is the repository reachable from here, and the branch, tag or commit in it?",
    },
  );
}

/** The line that says why, with the one before it, where ssh and servers say theirs. */
function reasonIn(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const at = lines.findIndex((line) => line.startsWith("fatal: "));
  return at < 0 ? (lines.at(-1) ?? "") : lines.slice(Math.max(0, at - 1), at + 1).join("; ");
}
